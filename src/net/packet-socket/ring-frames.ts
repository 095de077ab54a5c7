/** A packet of the ring. The bytes are the kernel's, and valid until the visitor returns. */
export interface RingFrame {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
  /** Length on the wire. */
  readonly originalBytes: number
  readonly seconds: number
  readonly nanoseconds: number
  readonly isOutgoing: boolean
}

export type FrameVisitor = (frame: RingFrame) => void

/** `struct tpacket_block_desc` and `struct tpacket3_hdr` of linux/if_packet.h. */
const BLOCK = { status: 8, packets: 12, first: 16 } as const
const PACKET = {
  next: 0,
  seconds: 4,
  nanoseconds: 8,
  captured: 12,
  length: 16,
  status: 20,
  frame: 24,
  vlanTag: 32,
  vlanType: 36,
  address: 48,
} as const
const PACKET_TYPE_AT = 10
const OUTGOING = 4
const USER = 1
const VLAN_VALID = 0x10
const VLAN_TYPE_VALID = 0x40
const VLAN_TYPE = 0x8100
const MAC_BYTES = 12
const TAG_BYTES = 4

class MutableFrame {
  bytes: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  originalBytes = 0
  seconds = 0
  nanoseconds = 0
  isOutgoing = false
}

/** The packets in the blocks of a ring of version 3. */
export class RingFrames {
  readonly #bytes: Buffer
  readonly #view: DataView
  /** Atomic, so that no packet is read before its block was handed over, on any processor. */
  readonly #words: Int32Array
  readonly #blockBytes: number
  readonly #blocks: number
  readonly #frame = new MutableFrame()
  #tagged = Buffer.alloc(4096)
  #next = 0

  constructor(memory: ArrayBuffer, blockBytes: number, blocks: number) {
    this.#bytes = Buffer.from(memory)
    this.#view = new DataView(memory)
    this.#words = new Int32Array(memory)
    this.#blockBytes = blockBytes
    this.#blocks = blocks
  }

  /** Gives every packet that is there to `visit`; returns the number of blocks. Once around the ring at most. */
  drain(visit: FrameVisitor): number {
    for (let drained = 0; drained < this.#blocks; drained++) {
      const start = this.#next * this.#blockBytes
      const status = (start + BLOCK.status) / 4
      if ((Atomics.load(this.#words, status) & USER) === 0) return drained
      this.#visitBlock(start, visit)
      Atomics.store(this.#words, status, 0)
      this.#next = (this.#next + 1) % this.#blocks
    }
    return this.#blocks
  }

  #visitBlock(start: number, visit: FrameVisitor): void {
    const view = this.#view
    const packets = view.getUint32(start + BLOCK.packets, true)
    let at = start + view.getUint32(start + BLOCK.first, true)
    for (let packet = 0; packet < packets; packet++) {
      this.#read(at)
      visit(this.#frame)
      at += view.getUint32(at + PACKET.next, true)
    }
  }

  #read(at: number): void {
    const view = this.#view
    const frame = this.#frame
    frame.seconds = view.getUint32(at + PACKET.seconds, true)
    frame.nanoseconds = view.getUint32(at + PACKET.nanoseconds, true)
    frame.originalBytes = view.getUint32(at + PACKET.length, true)
    frame.isOutgoing = this.#bytes[at + PACKET.address + PACKET_TYPE_AT] === OUTGOING
    frame.bytes = this.#bytes
    frame.start = at + view.getUint16(at + PACKET.frame, true)
    frame.end = frame.start + view.getUint32(at + PACKET.captured, true)
    const status = view.getUint32(at + PACKET.status, true)
    if ((status & VLAN_VALID) !== 0 && frame.end - frame.start >= MAC_BYTES) this.#restoreTag(at, status)
  }

  /** The kernel takes VLAN tags out of frames: they are put back to where they were. */
  #restoreTag(at: number, status: number): void {
    const frame = this.#frame
    const length = frame.end - frame.start
    if (this.#tagged.length < length + TAG_BYTES) this.#tagged = Buffer.alloc(length + TAG_BYTES)
    const tagged = this.#tagged
    const type = (status & VLAN_TYPE_VALID) === 0 ? VLAN_TYPE : this.#view.getUint16(at + PACKET.vlanType, true)
    this.#bytes.copy(tagged, 0, frame.start, frame.start + MAC_BYTES)
    tagged.writeUInt16BE(type, MAC_BYTES)
    tagged.writeUInt16BE(this.#view.getUint32(at + PACKET.vlanTag, true) & 0xffff, MAC_BYTES + 2)
    this.#bytes.copy(tagged, MAC_BYTES + TAG_BYTES, frame.start + MAC_BYTES, frame.end)
    frame.bytes = tagged
    frame.start = 0
    frame.end = length + TAG_BYTES
    frame.originalBytes += TAG_BYTES
  }
}
