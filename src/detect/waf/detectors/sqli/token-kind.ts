/** What a token is to the recognisers. Words of the language have kinds of their own where a rule begins or ends at them. */
export const Kind = {
  end: 0,
  /** `1`, `.5`, `1e3`, `0x41`, `0b01` */
  number: 1,
  /** A closed string literal of any kind of quote, or the text before the quote that the value breaks out of. */
  string: 2,
  /** A string that no quote closes before the value ends: the application's own quote would close it. */
  openString: 3,
  /** A name: an identifier, quoted identifier or any word that is not one of the language. */
  word: 4,
  /** `@name`, `@@name` */
  variable: 5,
  /** A comment that ends the line, or an unclosed block comment. Closed block comments only set a flag. */
  comment: 6,
  semicolon: 7,
  comma: 8,
  dot: 9,
  open: 10,
  close: 11,
  openBrace: 12,
  closeBrace: 13,
  /** `or`, `and`, `xor`, `&&` */
  logic: 14,
  /** `||`: concatenation or, in MySQL, a logical operator. */
  pipes: 15,
  /** `not`, `!`, and `~` before an operand */
  not: 16,
  /** `=`, `<`, `<>`, `<=>` ... */
  compare: 17,
  /** `like`, `in`, `is`, `between` ... */
  compareWord: 18,
  /** `+ - * / % & | ^ << >>`, `div`, `mod` */
  arithmetic: 19,
  /** `::` */
  cast: 20,
  /** `null`, `true`, `current_user` ... */
  constant: 21,
  /** `union`, `except`, `intersect`, `minus` */
  union: 22,
  select: 23,
  from: 24,
  /** `all`, `distinct`, and the like between `select` or `union` and what follows */
  quantifier: 25,
  /** `where`, `on`, `as`, `join`, `set` ... : words that only ever stand inside a statement */
  clause: 26,
  /** `order`, `group` */
  orderGroup: 27,
  by: 28,
  having: 29,
  /** `limit`, `offset`, `fetch` */
  limit: 30,
  into: 31,
  /** First word of a statement other than `select`: `drop`, `exec`, `waitfor` ... */
  statement: 32,
  /** What a statement works on: `table`, `database`, `user` ... */
  object: 33,
  caseWord: 34,
  /** `when`, `then`, `else` */
  whenWord: 35,
  endWord: 36,
  exists: 37,
  /** A function that waits or burns time. */
  delayCall: 38,
  /** A function known to leak through errors, files or the network. */
  leakCall: 39,
  /** A function that many languages have: says little by itself. */
  plainCall: 40,
  /** A function that little but SQL has. */
  sqlCall: 41,
  /** Tables of the catalogue, such as `information_schema`. */
  catalog: 42,
  /** `asc`, `desc` */
  direction: 43,
  procedure: 44,
  values: 45,
  /** Anything else: `?`, `:`, `$name`, `]` ... */
  other: 46,
} as const

export type TokenKind = (typeof Kind)[keyof typeof Kind]

export const KIND_COUNT = 47

/** A set of kinds as a table to index by kind. */
export function kindSet(...kinds: readonly TokenKind[]): Uint8Array {
  const set = new Uint8Array(KIND_COUNT)
  for (const kind of kinds) set[kind] = 1
  return set
}
