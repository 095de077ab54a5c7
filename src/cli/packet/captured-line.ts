import { PACKET_READERS } from '#detect'
import { FIELD_BY_NAME, type FieldValue } from '#fields'
import type { CapturedFrame } from '#workbench'
import { formatIp, type Packet } from '#wire'
import { PROTOCOL_NAMES } from './protocol-names.ts'

const FLAG_LETTERS = 'FSRPAUEC'
const MICROSECONDS = 1000

/** A packet as one line for people. */
export function capturedLine({ packet, direction }: CapturedFrame, interfaceName: string): string {
  const time = new Date(packet.seconds * 1000).toISOString().slice(11, 19)
  const micros = String(Math.floor(packet.nanoseconds / MICROSECONDS)).padStart(6, '0')
  const head = `${time}.${micros} ${interfaceName} ${direction.padEnd(3)}`
  if (packet.source === undefined || packet.destination === undefined) {
    const type = packet.arpStart >= 0 ? arpText(packet) : `type 0x${Math.max(packet.etherType, 0).toString(16)}`
    return `${head} ${type} ${packet.frameBytes} bytes\n`
  }
  const source = endpoint(formatIp(packet.source), packet.sourcePort)
  const destination = endpoint(formatIp(packet.destination), packet.destinationPort)
  const protocol = PROTOCOL_NAMES.get(packet.protocol) ?? `protocol ${packet.protocol}`
  const flags = packet.tcpFlags < 0 ? '' : ` [${flagText(packet.tcpFlags)}]`
  const fragment = packet.fragment === 0 ? '' : ' fragment'
  return `${head} ${source} > ${destination} ${protocol}${flags}${fragment} ${packet.frameBytes} bytes\n`
}

function arpText(packet: Packet): string {
  const [source, target] = [packet.arpStart + 14, packet.arpStart + 24].map((at) => formatIp(packet.uint32(at)))
  return packet.uint16(packet.arpStart + 6) === 1 ? `arp who has ${target} tell ${source}` : `arp ${source} is here`
}

function endpoint(address: string, port: number): string {
  if (port < 0) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function flagText(flags: number): string {
  const letters = [...FLAG_LETTERS].filter((_, bit) => (flags & (1 << bit)) !== 0)
  return letters.length === 0 ? '.' : letters.join('')
}

const READERS = Object.entries(PACKET_READERS.read)

/** A packet as JSON: its time, and its facts by field name. */
export function capturedJson({ packet, direction, bytes, start, end }: CapturedFrame, interfaceName: string): string {
  const facts: Record<string, unknown> = {}
  for (const [name, read] of READERS) {
    const value = read(packet)
    if (value !== undefined) facts[name] = factOf(name, value)
  }
  const micros = String(Math.floor(packet.nanoseconds / MICROSECONDS)).padStart(6, '0')
  const time = `${new Date(packet.seconds * 1000).toISOString().slice(0, 19)}.${micros}Z`
  const hex = bytes.toString('hex', start, end)
  return `${JSON.stringify({ time, interface: interfaceName, direction, facts, hex })}\n`
}

function factOf(name: string, value: FieldValue): unknown {
  const isAddress = FIELD_BY_NAME.get(name)?.type === 'IP'
  return isAddress && (typeof value === 'number' || typeof value === 'bigint') ? formatIp(value) : value
}
