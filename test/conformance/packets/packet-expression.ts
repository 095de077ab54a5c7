import { PACKET_READERS } from '#detect'
import { FIELD_BY_NAME, FIELDS, type FieldValue } from '#fields'
import { formatIp, type IpAddress, LINK_TYPE, Packet } from '#wire'
import type { Random } from '../random.ts'

const HARDWARE_FIELDS = ['eth.src', 'eth.dst'] as const

/** Lists that expressions may name: some of everything. */
export const ADDRESS_LIST = [
  '192.0.2.1',
  '10.0.0.0/8',
  '198.51.100.64/27',
  '2001:db8::1',
  'fe80::/10',
  '224.0.0.0/4',
] as const
export const INTEGER_LIST = [0, 1, 6, 17, 53, 64, 80, 443, 1024] as const

export interface WriterOptions {
  /** Fields of `firewall` that a target has. */
  readonly fields: readonly string[]
  /** Comparisons of one field with another, lists of integers, and what else only some targets have. */
  readonly comparesFields: boolean
  /** Windows of bytes may be searched, their lengths asked. */
  readonly searchesBytes: boolean
}

/** Writes random expressions about packets, with values that some of the frames have. */
export class PacketExpressionWriter {
  readonly #random: Random
  readonly #options: WriterOptions
  readonly #values: ReadonlyMap<string, readonly FieldValue[]>

  constructor(random: Random, frames: readonly Buffer[], options: WriterOptions) {
    this.#random = random
    this.#options = options
    this.#values = valuesIn(frames, options.fields)
  }

  condition(depth: number): string {
    const random = this.#random
    if (depth <= 0 || random.chance(30)) return this.#leaf()
    if (random.chance(20)) return `not (${this.condition(depth - 1)})`
    const operands = Array.from({ length: 2 + random.below(2) }, () => `(${this.condition(depth - 1)})`)
    return operands.join(random.pick([' and ', ' and ', ' or ', ' or ', ' xor ']))
  }

  #leaf(): string {
    const random = this.#random
    const field = random.pick(this.#options.fields)
    const type = FIELD_BY_NAME.get(field)!.type
    if (type === 'Bool') return this.#boolLeaf(field)
    if (type === 'IP') return this.#addressLeaf(field)
    if (type === 'Int') return this.#integerLeaf(field)
    return HARDWARE_FIELDS.some((name) => name === field) ? this.#hardwareLeaf(field) : this.#bytesLeaf(field)
  }

  #boolLeaf(field: string): string {
    const random = this.#random
    if (!this.#options.comparesFields || random.chance(70)) return field
    return `${field} ${random.pick(['==', '!='])} ${random.pick(['true', 'false'])}`
  }

  #integerLeaf(left: string, field: string = left): string {
    const random = this.#random
    const { comparesFields } = this.#options
    if (comparesFields && random.chance(8)) return `${left} in $integers`
    if (comparesFields && random.chance(10)) {
      const others = this.#options.fields.filter((name) => FIELD_BY_NAME.get(name)!.type === 'Int')
      return `${left} ${random.pick(['==', '!=', '<', '<=', '>', '>=', '&'])} ${random.pick(others)}`
    }
    if (random.chance(25)) {
      const members = Array.from({ length: 1 + random.below(7) }, () => {
        const [a, b] = [this.#integer(field), this.#integer(field)].sort((one, other) => one - other)
        return random.chance(50) ? String(a) : `${a}..${b}`
      })
      return `${left} ${random.pick(['in', 'not in'])} {${members.join(' ')}}`
    }
    return `${left} ${random.pick(['==', '==', '!=', '<', '<=', '>', '>=', '&'])} ${this.#integer(field)}`
  }

  #integer(field: string): number {
    const random = this.#random
    const seen = this.#values.get(field)
    if (seen !== undefined && seen.length > 0 && random.chance(65)) {
      return Math.max(0, Number(random.pick(seen)) + random.pick([0, 0, 0, 1, -1]))
    }
    return random.pick([
      0,
      1,
      2,
      4,
      6,
      8,
      16,
      17,
      20,
      53,
      64,
      80,
      255,
      256,
      443,
      1024,
      65_535,
      65_536,
      2 ** 31,
      2 ** 32,
    ])
  }

  #addressLeaf(field: string): string {
    const random = this.#random
    const address = (): string => formatIp(random.pick(this.#values.get(field)!) as IpAddress)
    if (random.chance(20)) return `${field} ${random.pick(['in', 'not in'])} $addresses`
    if (random.chance(50)) {
      const members = Array.from({ length: 1 + random.below(6) }, () =>
        random.pick([
          address(),
          '192.0.2.0/24',
          '10.0.0.0/8',
          '2001:db8::/32',
          'fe80::/10',
          '::/0',
          '128.0.0.0/1',
          '::ffff:0:0/96',
        ]),
      )
      return `${field} ${random.pick(['in', 'not in'])} {${members.join(' ')}}`
    }
    const { comparesFields } = this.#options
    if (comparesFields && field.startsWith('ip.') && random.chance(15)) {
      return `${field} ${random.pick(['==', '!=', '<', '<=', '>', '>='])} ${random.pick(['ip.src', 'ip.dst'])}`
    }
    if (random.chance(15))
      return `cidr(${field}, ${1 + random.below(32)}, ${1 + random.below(128)}) ${random.pick(['==', '!='])} ${address()}`
    return `${field} ${random.pick(['==', '!=', '<', '<=', '>', '>='])} ${address()}`
  }

  #hardwareLeaf(field: string): string {
    const random = this.#random
    const value = String(random.pick(this.#values.get(field)!))
    if (random.chance(40)) return `starts_with(${field}, "${value.slice(0, random.below(18))}")`
    return `${field} ${random.pick(['==', '!='])} "${random.chance(90) ? value : 'zz'}"`
  }

  #bytesLeaf(field: string): string {
    const random = this.#random
    const start = random.below(8)
    const width = 1 + random.below(5)
    const value = (from: number, bytes: number): string => quoted(this.#bytes(field).slice(from, from + bytes))
    if (random.chance(30)) {
      const bits = 1 + random.below(32)
      const first = random.below(40)
      return this.#integerLeaf(`bit_slice(${field}, ${first}, ${first + bits})`, '')
    }
    if (random.chance(25)) return `starts_with(${field}, ${value(0, width)})`
    if (!this.#options.searchesBytes || random.chance(40)) {
      const whole = `substring(${field}, ${start}, ${start + width})`
      return `${whole} ${random.pick(['==', '=='])} ${value(start, width)}`
    }
    switch (random.below(4)) {
      case 0:
        return `${field} ${random.pick(['==', '!='])} ${value(0, 64)}`
      case 1:
        return `substring(${field}, ${start}, ${start + 16}) contains ${value(start + random.below(8), 2)}`
      case 2:
        return `len(${field}) ${random.pick(['==', '<', '>'])} ${random.below(30)}`
      default:
        return `substring(${field}, ${start}, ${start + width}) ${random.pick(['!=', '=='])} ${value(start, random.below(width + 2))}`
    }
  }

  #bytes(field: string): string {
    const seen = this.#values.get(field) ?? []
    return seen.length === 0 ? 'abcdefgh' : String(this.#random.pick(seen))
  }
}

function quoted(bytes: string): string {
  const escaped = Array.from(bytes, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
  return `"${escaped.join('')}"`
}

/** The values of each field in the frames. */
function valuesIn(frames: readonly Buffer[], fields: readonly string[]): ReadonlyMap<string, readonly FieldValue[]> {
  const packet = new Packet('outer')
  const values = new Map(fields.map((field) => [field, [] as FieldValue[]]))
  for (const frame of frames) {
    packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
    for (const [field, seen] of values) {
      const value = PACKET_READERS.read[field](packet)
      if (value !== undefined && seen.length < 300) seen.push(value)
    }
  }
  return values
}

/** All fields that the firewall reads from a packet. */
export const FIREWALL_FIELDS: readonly string[] = FIELDS.filter(
  ({ name, points }) => points.includes('firewall') && Object.hasOwn(PACKET_READERS.read, name),
).map(({ name }) => name)
