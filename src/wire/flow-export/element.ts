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

/** What fits into a field, whatever length an exporter gives it: a larger value is damage, and not taken. */
const BYTE = 0xff
const PORT = 0xffff
const WORD = 0xffff_ffff
/** Milliseconds until the year 10889, in seconds as well. */
const TIME_MS = 2 ** 48
const TIME_SECONDS = 2 ** 38

function number(set: (frame: RecordFrame, value: number) => void, most: number = Number.MAX_SAFE_INTEGER): TakeElement {
  return (frame, bytes, at, length) => {
    const value = readUnsigned(bytes, at, length)
    if (value <= most) set(frame, value)
  }
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
}, PORT)

/** Of either of several numbers that mean the same; the one that says less does not take the other's place. */
function unlessKnown(
  get: (frame: RecordFrame) => number,
  set: (frame: RecordFrame, value: number) => void,
): TakeElement {
  return number((frame, value) => {
    if (get(frame) < 0) set(frame, value)
  }, BYTE)
}

const takeSourcePort = number(({ record }, value) => (record.sourcePort = value), PORT)
const takeDestinationPort = number(({ record }, value) => (record.destinationPort = value), PORT)
const takeObserved = ntpTime((frame, timeMs) => (frame.observedMs = timeMs))
const takeInterval = number((frame, value) => (frame.samplingInterval = value), WORD)
const takeSampler = number((frame, value) => (frame.sampler = value), WORD)

/**
 * Information elements that are understood, by their number: those of NetFlow version 9 (RFC 3954 section 8) and IPFIX (IANA
 * registry "IPFIX Information Elements") agree where they overlap.
 */
export const ELEMENTS: Readonly<Record<number, TakeElement>> = {
  1: number(({ record }, value) => (record.bytes = value)),
  2: number(({ record }, value) => (record.packets = value)),
  4: number(({ record }, value) => (record.ipProtocol = value), BYTE),
  5: number(({ record }, value) => (record.trafficClass = value), BYTE),
  6: number(({ record }, value) => (record.tcpFlags = value & 0x0fff)),
  7: takeSourcePort,
  8: address(({ record }, value) => (record.source = value)),
  10: number(({ record }, value) => (record.inputInterface = value), WORD),
  11: takeDestinationPort,
  12: address(({ record }, value) => (record.destination = value)),
  14: number(({ record }, value) => (record.outputInterface = value), WORD),
  15: address(({ record }, value) => (record.nextHop = value)),
  16: number(({ record }, value) => (record.sourceAs = value), WORD),
  17: number(({ record }, value) => (record.destinationAs = value), WORD),
  21: number((frame, value) => (frame.endUptimeMs = value), TIME_MS),
  22: number((frame, value) => (frame.startUptimeMs = value), TIME_MS),
  23: number((frame, value) => (frame.postBytes = value)),
  24: number((frame, value) => (frame.postPackets = value)),
  27: address(({ record }, value) => (record.source = value)),
  28: address(({ record }, value) => (record.destination = value)),
  32: takeIcmp,
  34: takeInterval,
  48: takeSampler,
  50: takeInterval,
  52: number(({ record }, value) => (record.timeToLive = value), BYTE),
  58: number(({ record }, value) => (record.vlanId = value & 0x0fff)),
  61: number(({ record }, value) => (record.direction = value), BYTE),
  62: address(({ record }, value) => (record.nextHop = value)),
  85: number((frame, value) => (frame.totalBytes = value)),
  86: number((frame, value) => (frame.totalPackets = value)),
  136: number(({ record }, value) => (record.endReason = value), BYTE),
  139: takeIcmp,
  150: number(({ record }, value) => (record.startMs = value * 1000), TIME_SECONDS),
  151: number(({ record }, value) => (record.endMs = value * 1000), TIME_SECONDS),
  152: number(({ record }, value) => (record.startMs = value), TIME_MS),
  153: number(({ record }, value) => (record.endMs = value), TIME_MS),
  154: ntpTime(({ record }, timeMs) => (record.startMs = timeMs)),
  155: ntpTime(({ record }, timeMs) => (record.endMs = timeMs)),
  156: ntpTime(({ record }, timeMs) => (record.startMs = timeMs)),
  157: ntpTime(({ record }, timeMs) => (record.endMs = timeMs)),
  158: number((frame, value) => (frame.record.startMs = frame.exportMs - Math.floor(value / 1000)), TIME_MS),
  159: number((frame, value) => (frame.record.endMs = frame.exportMs - Math.floor(value / 1000)), TIME_MS),
  160: number((frame, value) => (frame.systemInitMs = value), TIME_MS),
  161: number((frame, value) => (frame.durationMs = value), TIME_MS),
  162: number((frame, value) => (frame.durationMs = Math.floor(value / 1000)), TIME_MS),
  176: number(({ record }, value) => (record.icmpType = value), BYTE),
  177: number(({ record }, value) => (record.icmpCode = value), BYTE),
  178: number(({ record }, value) => (record.icmpType = value), BYTE),
  179: number(({ record }, value) => (record.icmpCode = value), BYTE),
  // Ports by the protocol that has them: exporters whose flows are defined field by field send these.
  180: takeSourcePort,
  181: takeDestinationPort,
  182: takeSourcePort,
  183: takeDestinationPort,
  192: number(({ record }, value) => (record.timeToLive = value), BYTE),
  193: unlessKnown(
    ({ record }) => record.ipProtocol,
    ({ record }, value) => (record.ipProtocol = value),
  ),
  195: unlessKnown(
    ({ record }) => record.trafficClass,
    ({ record }, value) => (record.trafficClass = (value & 0x3f) << 2),
  ),
  231: number(({ record }, value) => (record.bytes = value)),
  232: number((frame, value) => (frame.reverseBytes = value)),
  243: number(({ record }, value) => (record.vlanId = value & 0x0fff)),
  298: number(({ record }, value) => (record.packets = value)),
  299: number((frame, value) => (frame.reversePackets = value)),
  302: takeSampler,
  305: takeInterval,
  306: number((frame, value) => (frame.samplingSpace = value), WORD),
  309: number((frame, value) => (frame.samplingSize = value), WORD),
  310: number((frame, value) => (frame.samplingPopulation = value), WORD),
  311: (frame, bytes, at, length) => {
    if (length === 8) frame.samplingProbability = bytes.readDoubleBE(at)
    else if (length === 4) frame.samplingProbability = bytes.readFloatBE(at)
  },
  313: (frame, bytes, at, length) => frame.takePacket(bytes, at, length, 'ip'),
  315: (frame, bytes, at, length) => frame.takePacket(bytes, at, length, 'ethernet'),
  322: number((frame, value) => (frame.observedMs = value * 1000), TIME_SECONDS),
  323: number((frame, value) => (frame.observedMs = value), TIME_MS),
  324: takeObserved,
  325: takeObserved,
}

/** Scopes of NetFlow version 9 that are understood: they have numbers of their own (RFC 3954 section 6.1). */
export const SCOPES: Readonly<Record<number, TakeElement>> = {
  2: number(({ record }, value) => (record.inputInterface = value), WORD),
}

/** Elements of the way back that are understood. */
export const REVERSE_ELEMENTS: Readonly<Record<number, TakeElement>> = {
  1: number((frame, value) => (frame.reverseBytes = value)),
  2: number((frame, value) => (frame.reversePackets = value)),
  6: number((frame, value) => (frame.reverseTcpFlags = value & 0x0fff)),
  85: number((frame, value) => (frame.reverseBytes = value)),
  86: number((frame, value) => (frame.reversePackets = value)),
}
