import { CAPTURE_READERS } from '#detect'
import { TidegateError } from '#kernel'
import { PacketSocket, type PacketStatistics, type RingFrame } from '#net'
import { compilePredicate, type Expression, type NamedLists, type PacketDirection } from '#rules'
import { type InterfaceOptions, LINK_TYPE, Packet } from '#wire'

export interface LiveCaptureOptions {
  readonly interfaceNames: readonly string[]
  /** Which packets; absent: all. */
  readonly filter?: Expression | undefined
  readonly lists: NamedLists
  readonly direction: 'in' | 'out' | 'both'
  /** Longest part of a packet that is kept; 0: all of it. */
  readonly snapBytes: number
  readonly isPromiscuous: boolean
  readonly bufferBytes: number
}

/** A packet that passed the filter. Everything is valid until the visitor returns. */
export interface CapturedFrame extends RingFrame {
  /** Place of its interface in the options. */
  readonly interfaceNumber: number
  readonly direction: PacketDirection
  readonly packet: Packet
}

/** ARPHRD_ numbers of linux/if_arp.h, and what the frames of such interfaces begin with. */
const LINK_TYPES: ReadonlyMap<number, number> = new Map([
  [1, LINK_TYPE.ethernet],
  // Loopback.
  [772, LINK_TYPE.ethernet],
  [512, LINK_TYPE.raw],
  [768, LINK_TYPE.raw],
  [769, LINK_TYPE.raw],
  [776, LINK_TYPE.raw],
  [778, LINK_TYPE.raw],
  // Without a header, such as a tun device.
  [65_534, LINK_TYPE.raw],
  [801, LINK_TYPE.ieee80211],
  [803, LINK_TYPE.ieee80211Radiotap],
])

interface Source {
  readonly name: string
  readonly socket: PacketSocket
  readonly linkType: number
}

/** Captures packets of network interfaces, as far as an expression selects them. */
export class LiveCapture {
  readonly #sources: readonly Source[]
  readonly #options: LiveCaptureOptions
  readonly #matches: (packet: Packet) => boolean
  readonly #packet = new Packet('deep')
  #frameNumber = 0
  #seen = 0
  #dropped = 0

  /** @throws TidegateError ERR_CAPTURE_FAILED or ERR_USAGE */
  constructor(options: LiveCaptureOptions) {
    this.#options = options
    const { filter, lists } = options
    this.#matches = filter === undefined ? () => true : compilePredicate(filter, { readers: CAPTURE_READERS, lists })
    const sources: Source[] = []
    try {
      for (const name of options.interfaceNames) sources.push(openSource(name, options))
    } catch (error) {
      for (const { socket } of sources) socket.close()
      throw error
    }
    this.#sources = sources
  }

  /** How the interfaces are described in a capture file. */
  get interfaces(): readonly InterfaceOptions[] {
    const { snapBytes } = this.#options
    return this.#sources.map(({ name, linkType }) => ({ name, linkType, snapBytes }))
  }

  /** Gives the packets that came and pass the filter to `visit`, until it says false. Returns false when it did. */
  drain(visit: (frame: CapturedFrame) => boolean): boolean {
    let goesOn = true
    for (const [interfaceNumber, { socket, linkType }] of this.#sources.entries()) {
      socket.drain((frame) => {
        if (goesOn) goesOn = this.#take(frame, interfaceNumber, linkType, visit)
      })
    }
    return goesOn
  }

  /** Packets that were seen, whether or not they passed the filter, and those for which there was no room. */
  statistics(): PacketStatistics {
    for (const { socket } of this.#sources) {
      const { packets, dropped } = socket.statistics()
      // The kernel counts those without room among the packets.
      this.#seen += packets - dropped
      this.#dropped += dropped
    }
    return { packets: this.#seen, dropped: this.#dropped }
  }

  close(): void {
    for (const { socket } of this.#sources) socket.close()
  }

  #take(
    frame: RingFrame,
    interfaceNumber: number,
    linkType: number,
    visit: (frame: CapturedFrame) => boolean,
  ): boolean {
    const { direction: wanted, snapBytes } = this.#options
    const direction = frame.isOutgoing ? 'out' : 'in'
    if (wanted !== 'both' && wanted !== direction) return true
    const packet = this.#packet
    const { bytes, start, end, originalBytes, seconds, nanoseconds } = frame
    packet.frameNumber = ++this.#frameNumber
    packet.seconds = seconds
    packet.nanoseconds = nanoseconds
    packet.read(bytes, start, end, linkType, originalBytes)
    if (!this.#matches(packet)) return true
    const kept = snapBytes === 0 ? end : Math.min(end, start + snapBytes)
    return visit({ ...frame, end: kept, interfaceNumber, direction, packet })
  }
}

function openSource(name: string, { bufferBytes, isPromiscuous }: LiveCaptureOptions): Source {
  const socket = new PacketSocket({ interfaceName: name, bufferBytes, isPromiscuous })
  const linkType = LINK_TYPES.get(socket.hardwareType)
  if (linkType !== undefined) return { name, socket, linkType }
  socket.close()
  throw new TidegateError(
    'ERR_CAPTURE_FAILED',
    `frames of ${name} cannot be read: hardware type ${socket.hardwareType}`,
    {
      source: 'environment',
      remedy: 'Capture on an Ethernet interface, a tunnel or the loopback device.',
    },
  )
}
