import { createRequire } from 'node:module'
import type Koffi from 'koffi'

const AF_PACKET = 17
const SOCK_RAW = 3
const SOL_PACKET = 263
const QUEUE_BYPASS = 20
const ALL_PROTOCOLS = 0x0300
const ADDRESS_BYTES = 20
const SLOTS = 64
const SLOT_BYTES = 2048
const VECTOR_BYTES = 16
const MESSAGE_BYTES = 64
const MESSAGE = { vectors: 16, vectorCount: 24 } as const

/** What is in force for a frame in the cable: who sent it, to which victim, and when, none of which a rule looks at. */
export interface Mark {
  readonly kind: FrameKind
  readonly victim: number
  readonly slice: number
}

export const FRAME_KINDS = ['attack', 'opening', 'good'] as const
export type FrameKind = (typeof FRAME_KINDS)[number]

/** Hardware addresses that begin like this are marks. */
export const MARK_PREFIX = '02:f7'

/** The mark as the hardware address of the sender. */
export function markText({ kind, victim, slice }: Mark): string {
  const bytes = [FRAME_KINDS.indexOf(kind), victim, slice >> 8, slice & 0xff]
  return [MARK_PREFIX, ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':')
}

/** The mark of a hardware address that `markText` gave. */
export function parseMark(text: string): Mark {
  const [, , kind, victim, high, low] = text.split(':').map((byte) => Number.parseInt(byte, 16))
  return { kind: FRAME_KINDS[kind], victim, slice: high * 256 + low }
}

interface SocketFunctions {
  readonly fd: number
  readonly send: (socket: number, messages: Buffer, count: number, flags: number) => number
}

/** Sends Ethernet frames out of an interface, many with one call to the kernel. */
export class FrameCannon {
  readonly #socket: SocketFunctions
  readonly #slots = Buffer.alloc(SLOTS * SLOT_BYTES)
  readonly #vectors = Buffer.alloc(SLOTS * VECTOR_BYTES)
  readonly #messages = Buffer.alloc(SLOTS * MESSAGE_BYTES)
  #waiting = 0

  /** @param interfaceIndex in the network of this process */
  constructor(interfaceIndex: number) {
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
    this.#socket = openSocket(koffi, interfaceIndex)
    const [slotsAt, vectorsAt] = [koffi.address(this.#slots), koffi.address(this.#vectors)]
    for (let slot = 0; slot < SLOTS; slot++) {
      this.#vectors.writeBigUInt64LE(slotsAt + BigInt(slot * SLOT_BYTES), slot * VECTOR_BYTES)
      const at = slot * MESSAGE_BYTES
      this.#messages.writeBigUInt64LE(vectorsAt + BigInt(slot * VECTOR_BYTES), at + MESSAGE.vectors)
      this.#messages.writeBigUInt64LE(1n, at + MESSAGE.vectorCount)
    }
  }

  /** Loads a frame: its head, and zeros up to its length. Returns where the head was copied to, to be changed there. */
  load(head: Uint8Array, frameBytes: number): Buffer {
    if (this.#waiting === SLOTS) this.fire()
    const slot = this.#waiting++
    const at = slot * SLOT_BYTES
    this.#slots.set(head, at)
    this.#vectors.writeBigUInt64LE(BigInt(frameBytes), slot * VECTOR_BYTES + 8)
    return this.#slots.subarray(at, at + frameBytes)
  }

  /** Sends what was loaded. */
  fire(): void {
    for (let sent = 0; sent < this.#waiting;) {
      const { fd, send } = this.#socket
      const count = send(fd, this.#messages.subarray(sent * MESSAGE_BYTES), this.#waiting - sent, 0)
      if (count <= 0) throw new Error('the kernel takes no frames')
      sent += count
    }
    this.#waiting = 0
  }
}

function openSocket(koffi: typeof Koffi, interfaceIndex: number): SocketFunctions {
  const library = koffi.load('libc.so.6')
  const socket = library.func('int socket(int domain, int type, int protocol)')
  const bind = library.func('int bind(int socket, const void *address, unsigned int length)')
  const set = library.func('int setsockopt(int socket, int level, int option, const void *value, unsigned int length)')
  const fd = Number(socket(AF_PACKET, SOCK_RAW, 0))
  const address = Buffer.alloc(ADDRESS_BYTES)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeUInt16LE(ALL_PROTOCOLS, 2)
  address.writeInt32LE(interfaceIndex, 4)
  if (fd < 0 || bind(fd, address, address.length) !== 0) throw new Error('no packet socket: it needs root')
  set(fd, SOL_PACKET, QUEUE_BYPASS, Buffer.from([1, 0, 0, 0]), 4)
  return { fd, send: library.func('int sendmmsg(int socket, void *messages, unsigned int count, int flags)') }
}
