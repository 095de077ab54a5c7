import { fromUint128, type IpAddress } from '../ip.ts'
import { readUnsigned } from './read-unsigned.ts'
import type { RecordFrame } from './record-frame.ts'

/** Takes the value of one information element, which stands in `bytes` at `at` with `length` bytes, into a record. */
export type TakeElement = (frame: RecordFrame, bytes: Buffer, at: number, length: number) => void

/** Numbers of enterprises above this stand for elements of the way back (RFC 5103). */
export const REVERSE_ENTERPRISE = 29_305

/** Seconds between the epochs of NTP (1900) and Unix. */
const NTP_EPOCH_SECONDS = 2_208_988_800
const NTP_FRACTION = 2 ** 32

function number(set: (frame: RecordFrame, value: number) => void): TakeElement {
  return (frame, bytes, at, length) => set(frame, readUnsigned(bytes, at, length))
}

function address(set: (frame: RecordFrame, value: IpAddress) => void): TakeElement {
  return (frame, bytes, at, length) => {
    if (length === 4) set(frame, bytes.readUInt32BE(at))
    else if (length === 16) set(frame, fromUint128((bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8)))
  }
}

/** Milliseconds since the Unix epoch of an NTP timestamp (RFC 7011 section 6.1.9). */
function ntpTime(set: (frame: RecordFrame, timeMs: number) => void): TakeElement {
  return (frame, bytes, at, length) => {
    if (length !== 8) return
    const seconds = bytes.readUInt32BE(at) - NTP_EPOCH_SECONDS
    set(frame, seconds * 1000 + Math.floor((bytes.readUInt32BE(at + 4) / NTP_FRACTION) * 1000))
  }
}

const takeIcmp = number(({ record }, value) => {
  record.icmpType = value >> 8
  record.icmpCode = value & 0xff
})

const takeInterval = number((frame, value) => (frame.samplingInterval = value))
const takeSampler = number((frame, value) => (frame.sampler = value))

/**
 * Information elements that are understood, by their number: those of NetFlow version 9 (RFC 3954 section 8) and IPFIX (IANA
 * registry "IPFIX Information Elements") agree where they overlap.
 */
export const ELEMENTS: Readonly<Record<number, TakeElement>> = {
  1: number(({ record }, value) => (record.bytes = value)),
  2: number(({ record }, value) => (record.packets = value)),
  4: number(({ record }, value) => (record.ipProtocol = value)),
  5: number(({ record }, value) => (record.trafficClass = value)),
  6: number(({ record }, value) => (record.tcpFlags = value & 0x0fff)),
  7: number(({ record }, value) => (record.sourcePort = value)),
  8: address(({ record }, value) => (record.source = value)),
  10: number(({ record }, value) => (record.inputInterface = value)),
  11: number(({ record }, value) => (record.destinationPort = value)),
  12: address(({ record }, value) => (record.destination = value)),
  14: number(({ record }, value) => (record.outputInterface = value)),
  15: address(({ record }, value) => (record.nextHop = value)),
  16: number(({ record }, value) => (record.sourceAs = value)),
  17: number(({ record }, value) => (record.destinationAs = value)),
  21: number((frame, value) => (frame.endUptimeMs = value)),
  22: number((frame, value) => (frame.startUptimeMs = value)),
  23: number((frame, value) => (frame.postBytes = value)),
  24: number((frame, value) => (frame.postPackets = value)),
  27: address(({ record }, value) => (record.source = value)),
  28: address(({ record }, value) => (record.destination = value)),
  32: takeIcmp,
  34: takeInterval,
  48: takeSampler,
  50: takeInterval,
  52: number(({ record }, value) => (record.timeToLive = value)),
  58: number(({ record }, value) => (record.vlanId = value & 0x0fff)),
  61: number(({ record }, value) => (record.direction = value)),
  62: address(({ record }, value) => (record.nextHop = value)),
  85: number((frame, value) => (frame.totalBytes = value)),
  86: number((frame, value) => (frame.totalPackets = value)),
  136: number(({ record }, value) => (record.endReason = value)),
  139: takeIcmp,
  150: number(({ record }, value) => (record.startMs = value * 1000)),
  151: number(({ record }, value) => (record.endMs = value * 1000)),
  152: number(({ record }, value) => (record.startMs = value)),
  153: number(({ record }, value) => (record.endMs = value)),
  154: ntpTime(({ record }, timeMs) => (record.startMs = timeMs)),
  155: ntpTime(({ record }, timeMs) => (record.endMs = timeMs)),
  156: ntpTime(({ record }, timeMs) => (record.startMs = timeMs)),
  157: ntpTime(({ record }, timeMs) => (record.endMs = timeMs)),
  158: number((frame, value) => (frame.record.startMs = frame.exportMs - Math.floor(value / 1000))),
  159: number((frame, value) => (frame.record.endMs = frame.exportMs - Math.floor(value / 1000))),
  160: number((frame, value) => (frame.systemInitMs = value)),
  161: number((frame, value) => (frame.durationMs = value)),
  162: number((frame, value) => (frame.durationMs = Math.floor(value / 1000))),
  176: number(({ record }, value) => (record.icmpType = value)),
  177: number(({ record }, value) => (record.icmpCode = value)),
  178: number(({ record }, value) => (record.icmpType = value)),
  179: number(({ record }, value) => (record.icmpCode = value)),
  192: number(({ record }, value) => (record.timeToLive = value)),
  231: number(({ record }, value) => (record.bytes = value)),
  232: number((frame, value) => (frame.reverseBytes = value)),
  243: number(({ record }, value) => (record.vlanId = value & 0x0fff)),
  298: number(({ record }, value) => (record.packets = value)),
  299: number((frame, value) => (frame.reversePackets = value)),
  302: takeSampler,
  305: takeInterval,
  306: number((frame, value) => (frame.samplingSpace = value)),
  309: number((frame, value) => (frame.samplingSize = value)),
  310: number((frame, value) => (frame.samplingPopulation = value)),
  313: (frame, bytes, at, length) => frame.takePacket(bytes, at, length, 'ip'),
  315: (frame, bytes, at, length) => frame.takePacket(bytes, at, length, 'ethernet'),
}

/** Elements of the way back that are understood. */
export const REVERSE_ELEMENTS: Readonly<Record<number, TakeElement>> = {
  1: number((frame, value) => (frame.reverseBytes = value)),
  2: number((frame, value) => (frame.reversePackets = value)),
  6: number((frame, value) => (frame.reverseTcpFlags = value & 0x0fff)),
  85: number((frame, value) => (frame.reverseBytes = value)),
  86: number((frame, value) => (frame.reversePackets = value)),
}
