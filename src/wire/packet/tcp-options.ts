import { FAULT } from './fault.ts'
import { PROTOCOL } from './numbers.ts'
import type { PacketParts } from './packet-parts.ts'

/** Kinds of TCP options (IANA). */
export const TCP_OPTION = {
  end: 0,
  noOperation: 1,
  maximumSegmentSize: 2,
  windowScale: 3,
  sackPermitted: 4,
  sack: 5,
  timestamps: 8,
  multipath: 30,
  fastOpen: 34,
} as const

const TCP_BYTES = 20

/**
 * Where the first option of a kind begins whose whole length is at least `sizeBytes` (kind and length included); -1 when
 * there is none, and when the options are not whole.
 *
 * Options are searched as nftables does, so that all targets agree also on what no honest sender writes: end and
 * no-operation are one byte each and the search goes on behind them; so it does behind a length of 0 or 1; the last byte
 * of the header begins no option. Of several options of the kind the first decides: when it is too short, or reaches
 * beyond the header, there is none.
 */
export function findTcpOption(packet: PacketParts, kind: number, sizeBytes: number): number {
  const end = optionsEnd(packet)
  if (end < 0) return -1
  const { bytes } = packet
  let at = packet.transportStart + TCP_BYTES
  while (at < end - 1) {
    const length = optionLength(bytes, at)
    if (bytes[at] === kind) return at + length <= end && length >= sizeBytes ? at : -1
    at += length
  }
  return -1
}

function optionLength(bytes: Buffer, at: number): number {
  return bytes[at] <= TCP_OPTION.noOperation || bytes[at + 1] === 0 ? 1 : bytes[at + 1]
}

/** Where the TCP header ends; -1 when there is none, its length is wrong or it is not whole. */
export function optionsEnd(packet: PacketParts): number {
  if (packet.transport !== PROTOCOL.tcp || packet.tcpHeaderBytes < TCP_BYTES) return -1
  const end = packet.transportStart + packet.tcpHeaderBytes
  return end <= (packet.view === 'deep' ? packet.ipEnd : packet.boundEnd) ? end : -1
}

/** Notes a fault when an option has a length that cannot be; what stands behind the end mark does not count. */
export function checkTcpOptions(packet: PacketParts): void {
  const end = optionsEnd(packet)
  const { bytes } = packet
  let at = packet.transportStart + TCP_BYTES
  while (at < end && bytes[at] !== TCP_OPTION.end) {
    const length = bytes[at] === TCP_OPTION.noOperation ? 1 : at + 1 < end ? bytes[at + 1] : 0
    if (length === 0 || (length === 1 && bytes[at] !== TCP_OPTION.noOperation) || at + length > end) {
      packet.faults |= FAULT.tcpOption
      return
    }
    at += length
  }
}
