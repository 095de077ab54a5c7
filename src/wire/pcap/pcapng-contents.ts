import { uint16At, uint32At } from './byte-order.ts'
import type { CaptureBlock } from './capture-sink.ts'
import { BLOCK, BLOCK_HEAD_BYTES, BLOCK_TAIL_BYTES } from './pcapng-block.ts'
import { blockOptions, padded } from './pcapng-options.ts'
import { fromUint128, type IpAddress } from '../ip.ts'

/** What the capturing program counted on one interface; absent parts were not written. */
export interface CaptureStatistics {
  /** Number of the interface within its section. */
  readonly interfaceNumber: number
  readonly receivedPackets: number | undefined
  /** Lost by the interface for want of resources. */
  readonly droppedByInterface: number | undefined
  /** Lost by the operating system. */
  readonly droppedBySystem: number | undefined
}

const STATISTICS_OPTIONS_AT = 20
const STATISTICS = { received: 4, droppedByInterface: 5, droppedBySystem: 7 } as const

/** The counters of an interface statistics block; undefined for any other block. */
export function readStatistics({ type, bytes, start, end, littleEndian }: CaptureBlock): CaptureStatistics | undefined {
  const optionsEnd = end - BLOCK_TAIL_BYTES
  if (type !== BLOCK.interfaceStatistics || start + STATISTICS_OPTIONS_AT > optionsEnd) return undefined
  const options = blockOptions(bytes, start + STATISTICS_OPTIONS_AT, optionsEnd, littleEndian)
  const count = (code: number): number | undefined => {
    const option = options.find((each) => each.code === code && each.end - each.start === 8)
    if (option === undefined) return undefined
    return Number(littleEndian ? bytes.readBigUInt64LE(option.start) : bytes.readBigUInt64BE(option.start))
  }
  return {
    interfaceNumber: uint32At(bytes, start + BLOCK_HEAD_BYTES, littleEndian),
    receivedPackets: count(STATISTICS.received),
    droppedByInterface: count(STATISTICS.droppedByInterface),
    droppedBySystem: count(STATISTICS.droppedBySystem),
  }
}

/** Kinds of decryption secrets (draft-ietf-opsawg-pcapng section 4.7). */
export const SECRETS = { tlsKeyLog: 0x544c_534b, sshKeyLog: 0x5353_484b, wireGuardKeyLog: 0x5747_4b4c } as const

/** Secrets that decrypt traffic of the file. */
export interface CaptureSecrets {
  /** One of `SECRETS`, or another kind. */
  readonly kind: number
  /** A copy. */
  readonly secrets: Buffer
}

const SECRETS_AT = 16

/** The secrets of a decryption secrets block; undefined for any other block, and for one that is cut off. */
export function readSecrets({ type, bytes, start, end, littleEndian }: CaptureBlock): CaptureSecrets | undefined {
  const limit = end - BLOCK_TAIL_BYTES
  if (type !== BLOCK.decryptionSecrets || start + SECRETS_AT > limit) return undefined
  const sizeBytes = uint32At(bytes, start + 12, littleEndian)
  if (start + SECRETS_AT + sizeBytes > limit) return undefined
  const secrets = Buffer.from(bytes.subarray(start + SECRETS_AT, start + SECRETS_AT + sizeBytes))
  return { kind: uint32At(bytes, start + BLOCK_HEAD_BYTES, littleEndian), secrets }
}

/** Names of one address, as the capturing program resolved them. */
export interface CapturedNames {
  readonly address: IpAddress
  readonly names: readonly string[]
}

const NAME_RECORD = { end: 0, ipv4: 1, ipv6: 2 } as const
const RECORD_HEAD_BYTES = 4

/** The names of a name resolution block (section 4.5); none for any other block. */
export function readNames({ type, bytes, start, end, littleEndian }: CaptureBlock): CapturedNames[] {
  const found: CapturedNames[] = []
  if (type !== BLOCK.nameResolution) return found
  const limit = end - BLOCK_TAIL_BYTES
  let at = start + BLOCK_HEAD_BYTES
  while (at + RECORD_HEAD_BYTES <= limit) {
    const kind = uint16At(bytes, at, littleEndian)
    const sizeBytes = uint16At(bytes, at + 2, littleEndian)
    const valueStart = at + RECORD_HEAD_BYTES
    const valueEnd = valueStart + sizeBytes
    if (kind === NAME_RECORD.end || valueEnd > limit) break
    const addressBytes = kind === NAME_RECORD.ipv4 ? 4 : kind === NAME_RECORD.ipv6 ? 16 : 0
    if (addressBytes > 0 && sizeBytes > addressBytes) {
      const names = bytes.toString('utf8', valueStart + addressBytes, valueEnd).split('\0')
      found.push({ address: addressAt(bytes, valueStart, addressBytes), names: names.filter((name) => name !== '') })
    }
    at = valueStart + padded(sizeBytes)
  }
  return found
}

function addressAt(bytes: Buffer, at: number, addressBytes: number): IpAddress {
  if (addressBytes === 4) return bytes.readUInt32BE(at)
  return fromUint128((bytes.readBigUInt64BE(at) << 64n) | bytes.readBigUInt64BE(at + 8))
}
