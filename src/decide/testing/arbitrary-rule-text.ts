import * as fc from 'fast-check'

/**
 * Texts of random expressions over few fields and a small vocabulary, so that rules nearly match, match together and
 * overlap: a generator that draws from all strings would hardly ever open a gate.
 */
const WORDS = ['admin', 'Admin', 'ADMIN', 'api', '/', '.', 'php', 'a', 'b', 'ab', '\xc4', '\xe4', ''] as const

const STRING_FIELDS = ['http.host', 'http.request.uri.path', 'http.user_agent'] as const
const STRING_OPERANDS = [...STRING_FIELDS, 'http.request.headers["x-a"][0]', 'http.request.headers.names[1]'] as const
const EACH_OPERANDS = [
  'http.request.headers["x-a"][*]',
  'http.request.headers.names[*]',
  'http.request.headers[*]',
] as const
const INT_FIELDS = ['tcp.srcport', 'ip.src.asnum', 'http.request.body.size'] as const

/** Numbers at the borders of blocks, and beyond the integers that are cut into blocks. */
export const INTS = [-5, -1, 0, 1, 7, 8, 15, 16, 80, 443, 1024, 2 ** 31, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER] as const
export const ADDRESSES = [
  '10.0.0.0',
  '10.0.0.1',
  '10.0.0.255',
  '10.0.1.0',
  '255.255.255.255',
  '2001:db8::',
  '2001:db8::1',
  '2001:db9::',
] as const
const NETWORKS = ['10.0.0.0/8', '10.0.0.0/31', '0.0.0.0/0', '2001:db8::/32', '::/0', '10.0.0.1..10.0.0.255'] as const

export const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 }).map((parts) => parts.join(''))

const integer = fc.constantFrom(...INTS)
const quoted = words.map(quote)
const equality = fc.constantFrom('eq', 'ne', 'lt', 'ge')

function quote(text: string): string {
  return `"${text.replace(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`)}"`
}

const stringOperand = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...STRING_OPERANDS) },
  { weight: 1, arbitrary: fc.constantFrom(...STRING_OPERANDS).map((operand) => `lower(${operand})`) },
  { weight: 1, arbitrary: fc.constantFrom(...STRING_OPERANDS).map((operand) => `upper(${operand})`) },
  { weight: 1, arbitrary: fc.constantFrom(...STRING_OPERANDS).map((operand) => `url_decode(${operand})`) },
)
const eachOperand = fc.constantFrom(...EACH_OPERANDS, ...EACH_OPERANDS.map((operand) => `lower(${operand})`))

const wildcardPattern = fc
  .array(
    words.filter((text) => text !== ''),
    { minLength: 1, maxLength: 3 },
  )
  .chain((parts) => fc.tuple(fc.constantFrom('', '*'), fc.constant(parts.join('*')), fc.constantFrom('', '*')))
  .map((parts) => quote(parts.join('')))

const regexItem = fc.oneof(
  fc.constantFrom(
    'admin',
    'Admin',
    'a',
    'b',
    '/',
    'php',
    '\\.',
    '.',
    '.*',
    '[ab]',
    'a+',
    'b*',
    '(?:ab){2}',
    '(?:ab){1,3}',
  ),
  fc.constantFrom('(?:admin|api)', '(a|b|)', '(php|a.b)', '(?:^a|b$)', '\\bapi\\b', 'a?'),
)
const regexPattern = fc
  .tuple(
    fc.constantFrom('', '^', '(?i)', '(?i)^'),
    fc.array(regexItem, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '$'),
  )
  .map(([start, items, end]) => `r"${start}${items.join('')}${end}"`)

/** A test of one text; the operand may iterate. */
function stringTest(operand: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.oneof(
    fc.tuple(operand, equality, quoted).map((parts) => parts.join(' ')),
    fc.tuple(operand, fc.constant('contains'), quoted).map((parts) => parts.join(' ')),
    fc.tuple(operand, fc.constantFrom('wildcard', 'strict wildcard'), wildcardPattern).map((parts) => parts.join(' ')),
    fc.tuple(operand, fc.constant('matches'), regexPattern).map((parts) => parts.join(' ')),
    fc
      .tuple(operand, fc.array(quoted, { minLength: 1, maxLength: 3 }))
      .map(([left, set]) => `${left} in {${set.join(' ')}}`),
    operand.map((left) => `${left} in $texts`),
    fc
      .tuple(fc.constantFrom('starts_with', 'ends_with', 'contains_any'), operand, quoted)
      .map(([name, left, right]) => `${name}(${left}, ${right})`),
    fc.tuple(operand, quoted, quoted).map(([left, one, other]) => `contains_any(${left}, ${one}, ${other})`),
  )
}

const quantified = eachOperand.chain((operand) => {
  const test = stringTest(fc.constant(operand))
  const joined = fc.tuple(test, fc.constantFrom('and', 'or', 'xor'), test).map((parts) => parts.join(' '))
  const inner = fc.oneof(
    test,
    test.map((text) => `not ${text}`),
    joined,
  )
  return fc.tuple(fc.constantFrom('any', 'all'), inner).map(([name, text]) => `${name}(${text})`)
})

const intOperand = fc.oneof(
  fc.constantFrom(...INT_FIELDS),
  fc.constantFrom(...STRING_FIELDS).map((field) => `len(${field})`),
)
const intMember = fc.oneof(
  integer.map(String),
  fc.tuple(integer, integer).map(([a, b]) => `${Math.min(a, b)}..${Math.max(a, b)}`),
)
const intTest = fc.oneof(
  fc.tuple(intOperand, fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'), integer).map((parts) => parts.join(' ')),
  fc
    .tuple(intOperand, fc.array(intMember, { minLength: 1, maxLength: 3 }))
    .map(([left, set]) => `${left} in {${set.join(' ')}}`),
  intOperand.map((left) => `${left} in $numbers`),
)

const address = fc.constantFrom(...ADDRESSES)
const addressTest = fc.oneof(
  fc.tuple(equality, address).map(([operator, right]) => `ip.src ${operator} ${right}`),
  fc
    .array(fc.constantFrom(...ADDRESSES, ...NETWORKS), { minLength: 1, maxLength: 3 })
    .map((set) => `ip.src in {${set.join(' ')}}`),
  fc.constant('ip.src in $networks'),
)

const leaf = fc.oneof(
  { weight: 5, arbitrary: stringTest(stringOperand) },
  { weight: 3, arbitrary: quantified },
  { weight: 2, arbitrary: intTest },
  { weight: 2, arbitrary: addressTest },
  { weight: 1, arbitrary: fc.constantFrom('ssl', 'not ssl', 'ssl eq true', 'ssl eq false') },
)

/** A random expression: tests joined by `and`, `or`, `xor` and `not`, up to three levels deep. */
export const ruleText: fc.Arbitrary<string> = fc.letrec<{ text: string }>((tie) => ({
  text: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    leaf,
    fc
      .tuple(tie('text'), fc.constantFrom('and', 'or', 'and', 'or', 'xor'), tie('text'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    tie('text').map((text) => `not (${text})`),
  ),
})).text
