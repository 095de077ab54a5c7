import type { FieldType, ScalarType } from '#fields'
import type { Random } from './random.ts'
import { ADDRESSES, FIELDS, INTEGERS, KEYS, scalarOf, STRINGS } from './values.ts'

/** Writes random well-typed expressions as text, as a person would. */
export class ExpressionWriter {
  readonly #random: Random
  /** What `[*]` iterates over where we stand, as text with its type; undefined outside of `any` and `all`. */
  #base: { readonly text: string; readonly type: ScalarType } | undefined

  constructor(random: Random) {
    this.#random = random
  }

  condition(depth: number): string {
    const random = this.#random
    if (depth <= 0 || random.chance(25)) return this.#leaf()
    switch (random.below(6)) {
      case 0:
        return `not ${random.chance(50) ? `(${this.condition(depth - 1)})` : this.#leaf()}`
      case 1:
        return this.#base === undefined ? this.#quantifier(depth - 1) : this.#leaf()
      default: {
        const operands = Array.from({ length: 2 + random.below(2) }, () => `(${this.condition(depth - 1)})`)
        return operands.join(random.pick([' and ', ' or ', ' xor ', ' && ', ' || ', ' ^^ ']))
      }
    }
  }

  #quantifier(depth: number): string {
    const random = this.#random
    const field = random.pick(FIELDS.filter(({ type }) => type.includes('<')))
    const isSplit = random.chance(15)
    this.#base = isSplit
      ? {
          text: `split(${this.operand('String', 1)}, ${random.pick(['","', '"a"', '"/"'])}, ${1 + random.below(4)})`,
          type: 'String',
        }
      : this.#baseOf(field.name, field.type)
    const body = random.chance(70) ? this.#leaf() : this.condition(Math.min(depth, 1))
    const iterates = body.includes('[*]') ? body : `${this.#iteratingLeaf()} or (${body})`
    this.#base = undefined
    return `${random.pick(['any', 'any', 'all'])}(${iterates})`
  }

  #baseOf(name: string, type: FieldType): { readonly text: string; readonly type: ScalarType } {
    const isPicked = type.startsWith('Map<Array') && this.#random.chance(50)
    return { text: isPicked ? `${name}[${quoted(this.#random.pick(KEYS))}]` : name, type: scalarOf(type) }
  }

  #iteratingLeaf(): string {
    const { text, type } = this.#base ?? { text: 't.strings', type: 'String' }
    return this.#comparison(`${text}[*]`, type)
  }

  #leaf(): string {
    const random = this.#random
    if (this.#base !== undefined && random.chance(60)) return this.#iteratingLeaf()
    const type = random.pick(['Bool', 'Int', 'Int', 'String', 'String', 'String', 'IP', 'IP'] as const)
    return this.#comparison(this.operand(type, 2), type)
  }

  #comparison(left: string, type: ScalarType): string {
    const random = this.#random
    switch (type) {
      case 'Bool':
        return random.chance(60)
          ? left
          : `${left} ${random.pick(['==', 'ne'])} ${random.pick(['true', 'false', 't.bool'])}`
      case 'Int':
        return this.#integerComparison(left)
      case 'IP':
        return this.#addressComparison(left)
      case 'String':
        return this.#stringComparison(left)
    }
  }

  #integerComparison(left: string): string {
    const random = this.#random
    if (random.chance(15)) return `${left} in $${random.pick(['ints', 'many_ints'])}`
    if (random.chance(20))
      return `${left} ${random.pick(['in', 'not in'])} {${this.#members(() => this.#integerMember())}}`
    const right = random.chance(80) ? this.#literal('Int') : this.operand('Int', 1)
    return `${left} ${random.pick(['==', '!=', 'lt', '<=', '>', 'ge', '&'])} ${right}`
  }

  #addressComparison(left: string): string {
    const random = this.#random
    if (random.chance(20)) return `${left} in $${random.pick(['networks', 'many_networks'])}`
    if (random.chance(40))
      return `${left} ${random.pick(['in', 'not in'])} {${this.#members(() => this.#addressMember())}}`
    const right = random.chance(80) ? this.#literal('IP') : this.operand('IP', 1)
    return `${left} ${random.pick(['eq', 'ne', '<', 'le', 'gt', '>='])} ${right}`
  }

  #stringComparison(left: string): string {
    const random = this.#random
    if (random.chance(10)) return `${left} in $${random.pick(['words', 'many_words'])}`
    if (random.chance(15))
      return `${left} ${random.pick(['in', 'not in'])} {${this.#members(() => this.#literal('String'))}}`
    if (random.chance(15)) return `${left} ${random.pick(['matches', '~'])} r##"${random.pick(PATTERNS)}"##`
    if (random.chance(15))
      return `${left} ${random.pick(['wildcard', 'strict wildcard'])} r##"${random.pick(WILDCARDS)}"##`
    const right = random.chance(80) ? this.#literal('String') : this.operand('String', 1)
    return `${left} ${random.pick(['==', 'ne', '<', 'le', 'gt', '>=', 'contains', 'contains'])} ${right}`
  }

  /** An operand of one scalar type; iterates only where `[*]` is allowed. */
  operand(type: ScalarType, depth: number): string {
    const random = this.#random
    if (this.#base?.type === type && random.chance(50)) return `${this.#base.text}[*]`
    if (depth > 0 && random.chance(45)) {
      const call = this.#call(type, depth - 1)
      if (call !== undefined) return call
    }
    const field = random.pick(FIELDS.filter((each) => scalarOf(each.type) === type))
    if (field.type.startsWith('Map<Array')) return `${field.name}[${quoted(random.pick(KEYS))}][${random.below(3)}]`
    if (field.type.startsWith('Map')) return `${field.name}[${quoted(random.pick(KEYS))}]`
    return field.type.startsWith('Array') ? `${field.name}[${random.below(4)}]` : field.name
  }

  #call(type: ScalarType, depth: number): string | undefined {
    const random = this.#random
    const text = (): string => this.operand('String', depth)
    const any = (): string => (random.chance(80) ? this.#literal('String') : text())
    const calls: Readonly<Record<ScalarType, readonly (() => string)[]>> = {
      Bool: [
        () => `starts_with(${text()}, ${any()})`,
        () => `ends_with(${text()}, ${any()})`,
        () => `contains_any(${text()}, ${any()}, ${any()})`,
      ],
      Int: [
        () => `len(${text()})`,
        () => `len(${random.pick(FIELDS.filter((field) => field.type.includes('<'))).name})`,
        () => `bit_slice(${text()}, ${random.pick(['0, 8', '4, 12', '1, 33', '15, 16'])})`,
      ],
      IP: [
        () => `cidr(${this.operand('IP', depth)}, ${1 + random.below(32)}, ${1 + random.below(128)})`,
        () => `cidr6(${this.operand('IP', depth)}, ${1 + random.below(128)})`,
      ],
      String: [
        () => `lower(${text()})`,
        () => `upper(${text()})`,
        () => `concat(${text()}, ${any()})`,
        () => `substring(${text()}, ${random.pick(['0, 2', '-2', '1', '-3, -1', '2, 1'])})`,
        () => `url_decode(${text()}${random.pick(['', ', "r"', ', ""'])})`,
        () => `decode_base64(${text()})`,
        () => `encode_base64(${text()}${random.pick(['', ', "u"', ', "p"', ', "up"'])})`,
        () => `remove_bytes(${text()}, ${any()})`,
        () => `remove_query_args(${text()}, "a", ${any()})`,
        // A group that is repeated cannot be referred to in the event store.
        () =>
          `regex_replace(${text()}, r##"${random.pick(PATTERNS.filter((each) => !each.includes(')+')))}"##, ${random.pick(['""', '"x"', '"<${1}>"', '"\\\\0$$"'])})`,
        () =>
          `wildcard_replace(${text()}, r##"${random.pick(WILDCARDS)}"##, ${random.pick(['"x"', '"<${1}>"', '"${2}${1}"'])})`,
        () => `to_string(${this.operand(random.pick(['Int', 'Bool', 'IP'] as const), depth)})`,
        () =>
          this.#base === undefined ? `split(${text()}, ${random.pick(['","', '"a"'])}, 2)[${random.below(3)}]` : text(),
        () => `sha256(${text()})`,
        () => `uuidv4(${text()})`,
      ],
    }
    return random.pick(calls[type])()
  }

  #literal(type: ScalarType): string {
    const random = this.#random
    if (type === 'Bool') return random.pick(['true', 'false'])
    if (type === 'Int') return String(random.pick(INTEGERS))
    return type === 'IP' ? random.pick(ADDRESSES) : quoted(random.pick(STRINGS))
  }

  #members(make: () => string): string {
    const count = this.#random.chance(10) ? 30 : 1 + this.#random.below(3)
    return Array.from({ length: count }, make).join(' ')
  }

  #integerMember(): string {
    const random = this.#random
    if (random.chance(60)) return this.#literal('Int')
    const [first, last] = [random.pick(INTEGERS), random.pick(INTEGERS)].sort((left, right) => left - right)
    return `${first}..${last}`
  }

  #addressMember(): string {
    const random = this.#random
    return random.chance(40) ? this.#literal('IP') : random.pick(NETWORKS)
  }
}

const NETWORKS = [
  '10.0.0.0/8',
  '10.0.0.0/31',
  '0.0.0.0/0',
  '::/0',
  '::/64',
  '::ffff:0:0/96',
  '2001:db8::/32',
  '10.0.0.1..10.1.2.3',
  '::..2001:db8::',
  'ff00::/8',
]

const PATTERNS = [
  'a',
  '^a',
  'a$',
  '^$',
  '(?i)AB',
  '.',
  '^.$',
  '(?s)^.$',
  '[^a]',
  '\\xe9',
  '(?i)\\xe9',
  '[\\x80-\\xff]+',
  '\\d+',
  '\\s',
  '\\w+$',
  '\\bab',
  '(a|b)+c',
  'a{2,3}',
  '(a)(b)?',
  'a*',
  'x*?',
  '^/(admin|api)(/.*)?$',
  '(?i)k',
  '[[:alpha:]]\\B',
  '%[0-9a-f]{2}',
  '\\W',
  '\\S\\D',
  '(?:ab)*c',
  '\\n',
  '\\$',
  '\\\\',
]

const WILDCARDS = [
  '*',
  '',
  'a*',
  '*b',
  'A*C',
  '*a*',
  '/admin*',
  '\\*',
  'a\\\\\\*b',
  '*\xc3\xa9',
  'ab',
  '*\\\\*',
  '*%*',
  'a*b*c',
]

/** A string literal with every byte that is not plain ASCII as `\xHH`. */
function quoted(text: string): string {
  const escaped = text.replace(/[^\x20-\x7e]|["\\]/g, (character) =>
    character === '"' || character === '\\'
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `"${escaped}"`
}
