import { libc, type MappedMemory } from '../bpf/libc.ts'
import { listInterfaces } from '../netlink/index.ts'
import { TidegateError } from '#kernel'
import { socketCalls } from '../socket-calls.ts'
import { captureFailure } from './capture-failure.ts'
import { RingFrames, type FrameVisitor } from './ring-frames.ts'

const AF_PACKET = 17
const SOCK_RAW_CLOEXEC = 0x8_0003
/** ETH_P_ALL in the order of the network. */
const ALL_PROTOCOLS = 0x0300
/** linux/if_packet.h. */
const SOL_PACKET = 263
const OPTION = { addMembership: 1, receiveRing: 5, statistics: 6, version: 10 } as const
const VERSION_3 = 2
const PROMISCUOUS = 1
const ADDRESS_BYTES = 20
const HARDWARE_TYPE_AT = 8
const BLOCK_BYTES = 1 << 18
const FRAME_BYTES = 2048
/** A block is handed over when it is full, or after this. */
const RETIRE_MS = 20

export interface PacketSocketOptions {
  readonly interfaceName: string
  /** Memory that packets may wait in. */
  readonly bufferBytes: number
  /** Also what is meant for others. */
  readonly isPromiscuous: boolean
}

/** Packets that the kernel gave to the socket, and those for which there was no room; since the last question. */
export interface PacketStatistics {
  readonly packets: number
  readonly dropped: number
}

/**
 * Sees every packet of one interface, in both directions, through memory that is shared with the kernel (packet(7), ring of
 * version 3). Nobody is woken for a packet: ask from time to time.
 */
export class PacketSocket {
  readonly #fd: number
  readonly #ring: MappedMemory
  readonly #frames: RingFrames
  /** ARPHRD_ number of the interface: what its frames begin with. */
  readonly hardwareType: number
  #isOpen = true

  /** @throws TidegateError ERR_CAPTURE_FAILED or ERR_USAGE */
  constructor({ interfaceName, bufferBytes, isPromiscuous }: PacketSocketOptions) {
    const index = indexOf(interfaceName)
    const { socket, close, errno } = socketCalls()
    this.#fd = socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0)
    if (this.#fd < 0) throw captureFailure(`cannot capture on ${interfaceName}`, errno())
    try {
      const blocks = Math.max(4, Math.floor(bufferBytes / BLOCK_BYTES))
      this.#set(OPTION.version, words(VERSION_3))
      // Whatever is longer than a frame of the ring gets several of them: a block holds packets of any length.
      const frames = (blocks * BLOCK_BYTES) / FRAME_BYTES
      this.#set(OPTION.receiveRing, words(BLOCK_BYTES, blocks, FRAME_BYTES, frames, RETIRE_MS, 0, 0))
      this.#ring = this.#map(blocks * BLOCK_BYTES)
      this.#frames = new RingFrames(this.#ring.memory, BLOCK_BYTES, blocks)
      this.#bind(index)
      if (isPromiscuous) this.#set(OPTION.addMembership, membership(index))
      this.hardwareType = this.#hardwareType()
    } catch (error) {
      close(this.#fd)
      throw error
    }
  }

  /** Gives the packets that came since the last call to `visit`; returns how many blocks of them there were. */
  drain(visit: FrameVisitor): number {
    return this.#isOpen ? this.#frames.drain(visit) : 0
  }

  statistics(): PacketStatistics {
    const value = Buffer.alloc(12)
    const length = words(value.length)
    if (socketCalls().option(this.#fd, SOL_PACKET, OPTION.statistics, value, length) !== 0) {
      return { packets: 0, dropped: 0 }
    }
    return { packets: value.readUInt32LE(0), dropped: value.readUInt32LE(4) }
  }

  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#ring.unmap()
    socketCalls().close(this.#fd)
  }

  #set(option: number, value: Buffer): void {
    const { setOption, errno } = socketCalls()
    if (setOption(this.#fd, SOL_PACKET, option, value, value.length) !== 0) {
      throw captureFailure(`the packet socket refuses option ${option}`, errno())
    }
  }

  #map(sizeBytes: number): MappedMemory {
    const memory = libc().map(this.#fd, 0, sizeBytes, true)
    if (memory === undefined) throw captureFailure('cannot map the ring of packets', libc().errno())
    return memory
  }

  #bind(index: number): void {
    const address = Buffer.alloc(ADDRESS_BYTES)
    address.writeUInt16LE(AF_PACKET, 0)
    address.writeUInt16LE(ALL_PROTOCOLS, 2)
    address.writeInt32LE(index, 4)
    const { bind, errno } = socketCalls()
    if (bind(this.#fd, address, address.length) !== 0) throw captureFailure('cannot listen to the interface', errno())
  }

  #hardwareType(): number {
    const address = Buffer.alloc(ADDRESS_BYTES)
    socketCalls().name(this.#fd, address, words(address.length))
    return address.readUInt16LE(HARDWARE_TYPE_AT)
  }
}

function indexOf(name: string): number {
  const interfaces = listInterfaces()
  const found = interfaces.find((each) => each.name === name)
  if (found !== undefined) return found.index
  throw new TidegateError('ERR_USAGE', `there is no network interface ${name}`, {
    source: 'environment',
    remedy: `This machine has ${interfaces.map((each) => each.name).join(', ')}.`,
  })
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value, at * 4)
  return bytes
}

/** `struct packet_mreq`. */
function membership(index: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeInt32LE(index, 0)
  bytes.writeUInt16LE(PROMISCUOUS, 4)
  return bytes
}
