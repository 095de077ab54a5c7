import { TidegateError } from '#kernel'
import { type IpAddress, toUint128 } from '../ip.ts'
import { CLASS_IN, type DnsMessage, type DnsRecord, type Edns } from './message.ts'
import { labelsOf } from './name.ts'
import { layoutOf, type NumberedBytes, type PartKind, type PartValue } from './record-data.ts'
import { RECORD_TYPE, recordTypeName } from './record-type.ts'

// A pointer has 14 bits.
const POINTER_REACH = 0x4000

/** A message to write; what is left out is empty or zero. */
export type DnsMessagePlan = Partial<DnsMessage> & Pick<DnsMessage, 'id' | 'flags'>

/** Collects the bytes of a message and remembers where names stand, to point to them. */
class MessageWriter {
  readonly #parts: Buffer[] = []
  readonly #places = new Map<string, number>()
  #length = 0

  get length(): number {
    return this.#length
  }

  bytes(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes))
    this.#length += bytes.length
  }

  uint8(value: number): void {
    this.bytes(Buffer.from([value]))
  }

  uint16(value: number): void {
    this.bytes(Buffer.from([value >> 8, value & 255]))
  }

  uint32(value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value >>> 0)
    this.bytes(bytes)
  }

  /** Names are compared with case, so that what is written reads back as it was given. */
  name(name: string, compress: boolean): void {
    const labels = labelsOf(name)
    if (labels === undefined)
      throw notWritable(`the name ${JSON.stringify(name)} has a label or length that no message holds`)
    for (let index = 0; index < labels.length; index++) {
      const rest = Buffer.concat(labels.slice(index).map(prefixed)).toString('latin1')
      const place = this.#places.get(rest)
      if (compress && place !== undefined) return this.uint16(0xc000 | place)
      if (place === undefined && this.#length < POINTER_REACH) this.#places.set(rest, this.#length)
      this.bytes(prefixed(labels[index]))
    }
    this.uint8(0)
  }

  /** Writes a 16-bit length before what `write` writes. */
  counted(write: () => void): void {
    const at = this.#parts.length
    this.uint16(0)
    const before = this.#length
    write()
    this.#parts[at].writeUInt16BE(fitting(this.#length - before, 0xffff, 'the data of a record'))
  }

  finish(): Buffer {
    fitting(this.#length, 0xffff, 'the message')
    return Buffer.concat(this.#parts)
  }
}

function prefixed(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([fitting(bytes.length, 255, 'a text')]), bytes])
}

function fitting(length: number, limit: number, what: string): number {
  if (length > limit) throw notWritable(`${what} is longer than ${limit} bytes`)
  return length
}

function notWritable(why: string): TidegateError {
  return new TidegateError('ERR_INVARIANT', `a DNS message cannot be written: ${why}`, { source: 'internal' })
}

const WRITE: Readonly<Record<PartKind, (writer: MessageWriter, value: PartValue) => void>> = {
  uint8: (writer, value) => writer.uint8(value as number),
  uint16: (writer, value) => writer.uint16(value as number),
  uint32: (writer, value) => writer.uint32(value as number),
  name: (writer, value) => writer.name(value as string, true),
  fullName: (writer, value) => writer.name(value as string, false),
  text: (writer, value) => writer.bytes(prefixed(Buffer.from(value as string, 'latin1'))),
  texts: (writer, value) => {
    for (const text of value as readonly string[]) writer.bytes(prefixed(Buffer.from(text, 'latin1')))
  },
  rest: (writer, value) => writer.bytes(value as Buffer),
  counted: (writer, value) => writer.bytes(prefixed(value as Buffer)),
  ipv4: (writer, value) => writer.uint32(value as number),
  ipv6: (writer, value) => writer.bytes(ipv6Bytes(value as IpAddress)),
  types: (writer, value) => writer.bytes(typeBitMap(value as readonly number[])),
  parameters: (writer, value) => writeNumbered(writer, value as readonly NumberedBytes[]),
  options: (writer, value) => writeNumbered(writer, value as readonly NumberedBytes[]),
}

function ipv6Bytes(address: IpAddress): Buffer {
  return Buffer.from(toUint128(address).toString(16).padStart(32, '0'), 'hex')
}

function typeBitMap(types: readonly number[]): Buffer {
  const windows = new Map<number, Buffer>()
  for (const type of types.toSorted((one, other) => one - other)) {
    const window = type >> 8
    const needed = ((type & 255) >> 3) + 1
    const before = windows.get(window) ?? Buffer.alloc(0)
    const map = Buffer.concat([before, Buffer.alloc(Math.max(0, needed - before.length))])
    map[needed - 1] |= 0x80 >> (type & 7)
    windows.set(window, map)
  }
  return Buffer.concat([...windows].map(([window, map]) => Buffer.concat([Buffer.from([window]), prefixed(map)])))
}

function writeNumbered(writer: MessageWriter, list: readonly NumberedBytes[]): void {
  for (const { number, bytes } of list) {
    writer.uint16(number)
    writer.counted(() => writer.bytes(bytes))
  }
}

/**
 * Writes a message (RFC 1035 section 4), names compressed where the type's specification allows it.
 *
 * @throws TidegateError ERR_INVARIANT when a name, a text or the data of a record is longer than the format holds
 */
export function writeDnsMessage(plan: DnsMessagePlan): Buffer {
  const { questions = [], answers = [], authorities = [], additionals = [], edns } = plan
  const writer = new MessageWriter()
  writer.uint16(plan.id)
  writer.uint16(plan.flags)
  writer.uint16(questions.length)
  writer.uint16(answers.length)
  writer.uint16(authorities.length)
  writer.uint16(additionals.length + (edns === undefined ? 0 : 1))
  for (const question of questions) {
    writer.name(question.name, true)
    writer.uint16(question.type)
    writer.uint16(question.class)
  }
  for (const record of [...answers, ...authorities, ...additionals]) writeRecord(writer, record)
  if (edns !== undefined) writeRecord(writer, optRecord(edns))
  return writer.finish()
}

function writeRecord(writer: MessageWriter, record: DnsRecord): void {
  writer.name(record.name, true)
  writer.uint16(record.type)
  writer.uint16(record.class)
  writer.uint32(record.ttlSeconds)
  writer.counted(() => {
    if ('bytes' in record.data) return writer.bytes(record.data.bytes as Buffer)
    for (const [part, kind] of layoutOf(recordTypeName(record.type))) WRITE[kind](writer, record.data[part])
  })
}

function optRecord(edns: Edns): DnsRecord {
  const ttlSeconds = edns.extendedCode * 2 ** 24 + (edns.version << 16) + (edns.dnssecOk ? 0x8000 : 0)
  const data = { options: edns.options }
  return { name: '.', type: RECORD_TYPE.OPT, class: edns.udpPayloadBytes, ttlSeconds, data }
}

/** A query for one name, with recursion desired. */
export function dnsQueryPlan(id: number, name: string, type: number): DnsMessagePlan {
  return { id, flags: 0x0100, questions: [{ name, type, class: CLASS_IN }] }
}
