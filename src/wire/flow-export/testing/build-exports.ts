/** A field of a template with the bytes that one record has for it. */
export interface BuiltField {
  readonly element: number
  readonly bytes: Buffer
  readonly enterprise?: number
  /** The template says that the length varies. */
  readonly isVariable?: boolean
}

/** A number of so many bytes, most significant first. */
export function uint(value: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  if (length <= 6) bytes.writeUIntBE(value, 0, length)
  else bytes.writeBigUInt64BE(BigInt(value))
  return bytes
}

export function field(element: number, value: number, length: number): BuiltField {
  return { element, bytes: uint(value, length) }
}

function templateField({ element, enterprise, bytes, isVariable }: BuiltField): Buffer {
  const length = isVariable === true ? 0xffff : bytes.length
  if (enterprise === undefined) return Buffer.concat([uint(element, 2), uint(length, 2)])
  return Buffer.concat([uint(element | 0x8000, 2), uint(length, 2), uint(enterprise, 4)])
}

function set(id: number, content: Buffer): Buffer {
  const padding = (4 - (content.length % 4)) % 4
  return Buffer.concat([uint(id, 2), uint(content.length + padding + 4, 2), content, Buffer.alloc(padding)])
}

export function templateSet(setId: number, templateId: number, fields: readonly BuiltField[]): Buffer {
  return set(setId, Buffer.concat([uint(templateId, 2), uint(fields.length, 2), ...fields.map(templateField)]))
}

/** An options template of IPFIX; the first `scopes` fields are scopes. */
export function ipfixOptionsSet(templateId: number, scopes: number, fields: readonly BuiltField[]): Buffer {
  const head = Buffer.concat([uint(templateId, 2), uint(fields.length, 2), uint(scopes, 2)])
  return set(3, Buffer.concat([head, ...fields.map(templateField)]))
}

/** An options template of NetFlow version 9; the first `scopes` fields are scopes. */
export function netflow9OptionsSet(templateId: number, scopes: number, fields: readonly BuiltField[]): Buffer {
  const head = Buffer.concat([uint(templateId, 2), uint(scopes * 4, 2), uint((fields.length - scopes) * 4, 2)])
  return set(1, Buffer.concat([head, ...fields.map(templateField)]))
}

export function dataSet(templateId: number, ...records: readonly (readonly BuiltField[])[]): Buffer {
  const values = records.flat().map(({ bytes, isVariable }) => {
    if (isVariable !== true) return bytes
    const length = bytes.length < 0xff ? uint(bytes.length, 1) : Buffer.concat([uint(0xff, 1), uint(bytes.length, 2)])
    return Buffer.concat([length, bytes])
  })
  return set(templateId, Buffer.concat(values))
}

interface MessageHead {
  readonly timeSeconds: number
  readonly sequence?: number
  readonly domain?: number
  readonly uptimeMs?: number
}

export function netflow9(head: MessageHead, ...sets: readonly Buffer[]): Buffer {
  const { timeSeconds, sequence = 0, domain = 0, uptimeMs = 0 } = head
  const fields = [uint(9, 2), uint(sets.length, 2), uint(uptimeMs, 4), uint(timeSeconds, 4)]
  return Buffer.concat([...fields, uint(sequence, 4), uint(domain, 4), ...sets])
}

export function ipfix(head: MessageHead, ...sets: readonly Buffer[]): Buffer {
  const { timeSeconds, sequence = 0, domain = 0 } = head
  const content = Buffer.concat(sets)
  const fields = [uint(10, 2), uint(content.length + 16, 2), uint(timeSeconds, 4), uint(sequence, 4), uint(domain, 4)]
  return Buffer.concat([...fields, content])
}

export function netflow5(head: MessageHead & { readonly sampling?: number }, ...records: readonly Buffer[]): Buffer {
  const { timeSeconds, sequence = 0, uptimeMs = 0, sampling = 0 } = head
  const fields = [uint(5, 2), uint(records.length, 2), uint(uptimeMs, 4), uint(timeSeconds, 4), uint(0, 4)]
  return Buffer.concat([...fields, uint(sequence, 4), uint(0, 2), uint(sampling, 2), ...records])
}

export interface Netflow5Record {
  readonly source: number
  readonly destination: number
  readonly packets: number
  readonly bytes: number
  readonly startUptimeMs?: number
  readonly endUptimeMs?: number
  readonly sourcePort: number
  readonly destinationPort: number
  readonly flags?: number
  readonly protocol: number
}

export function netflow5Record(record: Netflow5Record): Buffer {
  const { startUptimeMs = 0, endUptimeMs = 0, flags = 0 } = record
  return Buffer.concat([
    uint(record.source, 4),
    uint(record.destination, 4),
    Buffer.from('c0000201000100020000', 'hex').subarray(0, 8),
    uint(record.packets, 4),
    uint(record.bytes, 4),
    uint(startUptimeMs, 4),
    uint(endUptimeMs, 4),
    uint(record.sourcePort, 2),
    uint(record.destinationPort, 2),
    Buffer.from([0, flags, record.protocol, 0]),
    uint(64_500, 2),
    uint(64_501, 2),
    Buffer.alloc(4),
  ])
}

/** An sFlow sample of one Ethernet frame. */
export function sflowSample(frame: Buffer, rate: number, options: { readonly isExpanded?: boolean } = {}): Buffer {
  const padded = Buffer.concat([frame, Buffer.alloc((4 - (frame.length % 4)) % 4)])
  const header = Buffer.concat([uint(1, 4), uint(frame.length + 4, 4), uint(4, 4), uint(frame.length, 4), padded])
  const record = Buffer.concat([uint(1, 4), uint(header.length, 4), header])
  const interfaces = options.isExpanded === true ? [0, 3, 0, 4] : [3, 4]
  const source = options.isExpanded === true ? [0, 3] : [3]
  const words = [7, ...source, rate, 1000, 0, ...interfaces, 1].map((word) => uint(word, 4))
  const content = Buffer.concat([...words, record])
  return Buffer.concat([uint(options.isExpanded === true ? 3 : 1, 4), uint(content.length, 4), content])
}

export function sflow5(head: { readonly sequence?: number }, ...samples: readonly Buffer[]): Buffer {
  const words = [5, 1, 0xc000_0209, 0, head.sequence ?? 0, 1000, samples.length].map((word) => uint(word, 4))
  return Buffer.concat([...words, ...samples])
}
