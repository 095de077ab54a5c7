import { createCipheriv } from 'node:crypto'
import { headerMask, initialKeys } from '../initial-protection.ts'
import { QUIC_V1, QUIC_V2 } from '../version.ts'

/** An Initial packet to make. */
export interface InitialPlan {
  readonly version?: number
  readonly side?: 'client' | 'server'
  /** What the keys are made of: destination connection id of the client's first Initial. */
  readonly keyId: Buffer
  readonly destinationId: Buffer
  readonly sourceId?: Buffer
  readonly token?: Buffer
  readonly packetNumber?: number
  readonly frames: Buffer
  /** Frames are padded to this many bytes. */
  readonly paddedBytes?: number
}

const NUMBER_BYTES = 2
const TAG_BYTES = 16

/** Protects an Initial packet as RFC 9001 section 5 says, from the other end than the reader. */
export function sealInitial(plan: InitialPlan): Buffer {
  const {
    version = QUIC_V1,
    side = 'client',
    packetNumber = 0,
    sourceId = Buffer.alloc(0),
    token = Buffer.alloc(0),
  } = plan
  const keys = initialKeys(version, plan.keyId, side)!
  const frames = Buffer.concat([plan.frames, Buffer.alloc(Math.max(0, (plan.paddedBytes ?? 0) - plan.frames.length))])
  const type = version === QUIC_V2 ? 1 : 0
  const header = Buffer.concat([
    Buffer.from([0xc0 | (type << 4) | (NUMBER_BYTES - 1)]),
    uint32(version),
    Buffer.from([plan.destinationId.length]),
    plan.destinationId,
    Buffer.from([sourceId.length]),
    sourceId,
    variable(token.length),
    token,
    variable(NUMBER_BYTES + frames.length + TAG_BYTES),
    Buffer.from([packetNumber >> 8, packetNumber & 255]),
  ])
  const nonce = Buffer.from(keys.iv)
  nonce[10] ^= packetNumber >> 8
  nonce[11] ^= packetNumber & 255
  const cipher = createCipheriv('aes-128-gcm', keys.key, nonce)
  cipher.setAAD(header)
  const sealed = Buffer.concat([cipher.update(frames), cipher.final(), cipher.getAuthTag()])
  const packet = Buffer.concat([header, sealed])
  const numberAt = header.length - NUMBER_BYTES
  const mask = headerMask(keys, packet.subarray(numberAt + 4, numberAt + 20))
  packet[0] ^= mask[0] & 0x0f
  for (let index = 0; index < NUMBER_BYTES; index++) packet[numberAt + index] ^= mask[1 + index]
  return packet
}

export function cryptoFrame(offset: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x06]), variable(offset), variable(bytes.length), bytes])
}

export function closeFrame(errorCode: number, reason: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x1c]),
    variable(errorCode),
    variable(0),
    variable(reason.length),
    Buffer.from(reason),
  ])
}

export function versionNegotiation(destinationId: Buffer, sourceId: Buffer, versions: readonly number[]): Buffer {
  return Buffer.concat([
    Buffer.from([0xc0]),
    uint32(0),
    Buffer.from([destinationId.length]),
    destinationId,
    Buffer.from([sourceId.length]),
    sourceId,
    ...versions.map(uint32),
  ])
}

/** A Retry without a valid integrity tag, which only the client checks. */
export function retryPacket(destinationId: Buffer, sourceId: Buffer, token: Buffer): Buffer {
  return Buffer.concat([
    Buffer.from([0xf0]),
    uint32(QUIC_V1),
    Buffer.from([destinationId.length]),
    destinationId,
    Buffer.from([sourceId.length]),
    sourceId,
    token,
    Buffer.alloc(TAG_BYTES),
  ])
}

function variable(value: number): Buffer {
  if (value < 64) return Buffer.from([value])
  return value < 16_384 ? Buffer.from([0x40 | (value >> 8), value & 255]) : uint32(0x8000_0000 + value)
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
