import { attributesOf, FLAG, NetlinkWriter, textOf } from '../netlink/message.ts'
import { NetlinkSocket } from '../netlink/socket.ts'

/** A packet that a rule logged. */
export interface LoggedPacket {
  /** The text that the rule gave it. */
  readonly prefix: string
  /** Number of the interface that it came in by; 0 for none. */
  readonly interfaceIndex: number
  /** Of the one that it is about to leave by; 0 for none. */
  readonly interfaceOutIndex: number
  /** The Ethernet header; empty for interfaces that have none. */
  readonly linkHeader: Buffer
  /** From the network header on, as much as was copied. */
  readonly payload: Buffer
}

/** NFNL_SUBSYS_ULOG << 8. */
const LOG = 4 << 8
const MESSAGE = { packet: LOG, configuration: LOG | 1 } as const

/** Attributes of linux/netfilter/nfnetlink_log.h. */
const CONFIGURATION = { command: 1, mode: 2, bufferBytes: 3, timeout: 4, threshold: 5 } as const
const PACKET = { interfaceIn: 4, interfaceOut: 5, payload: 9, prefix: 10, linkHeader: 16 } as const
const COMMAND_BIND = 1
const COPY_PACKET = 2
const EMPTY = Buffer.alloc(0)

export interface PacketLogOptions {
  /** Bytes of each packet that are copied. */
  readonly copiedBytes: number
  /** Packets that the kernel hands over at once; more wait no longer than the timeout. */
  readonly threshold: number
  /** Hundredths of a second. */
  readonly timeoutCentiseconds: number
}

/** Packets that rules log to a group, of which one reader at a time can be had. */
export class PacketLog {
  readonly #socket = new NetlinkSocket('netfilter')

  /** @throws TidegateError ERR_NFTABLES_FAILED where the kernel has no log for programs, or the group is read by another one */
  constructor(group: number, { copiedBytes, threshold, timeoutCentiseconds }: PacketLogOptions) {
    try {
      const begin = (): NetlinkWriter =>
        new NetlinkWriter().begin(
          MESSAGE.configuration,
          FLAG.request | FLAG.acknowledge,
          this.#socket.sequence,
          0,
          group,
        )
      const what = 'packets that rules log cannot be read'
      this.#socket.ask(what, begin().number8(CONFIGURATION.command, COMMAND_BIND).end().bytes)
      const mode = Buffer.alloc(6)
      mode.writeUInt32BE(copiedBytes)
      mode[4] = COPY_PACKET
      this.#socket.ask(what, begin().value(CONFIGURATION.mode, mode, 0, mode.length).end().bytes)
      const settings = begin()
        .number32(CONFIGURATION.threshold, threshold)
        .number32(CONFIGURATION.timeout, timeoutCentiseconds)
      this.#socket.ask(what, settings.end().bytes)
    } catch (error) {
      this.#socket.close()
      throw error
    }
  }

  /** Gives at most `limit` packets, and those that came together with the last, to `visit`; returns how many there were. The buffers are used again afterwards. */
  drain(visit: (packet: LoggedPacket) => void, limit: number): number {
    let count = 0
    while (count < limit) {
      const messages = this.#socket.next()
      if (messages === undefined) break
      for (const { type, body } of messages) {
        if (type !== MESSAGE.packet) continue
        count++
        visit(packetOf(attributesOf(body)))
      }
    }
    return count
  }

  close(): void {
    this.#socket.close()
  }
}

function packetOf(attributes: ReadonlyMap<number, Buffer>): LoggedPacket {
  const prefix = attributes.get(PACKET.prefix)
  return {
    prefix: prefix === undefined ? '' : textOf(prefix),
    interfaceIndex: attributes.get(PACKET.interfaceIn)?.readUInt32BE(0) ?? 0,
    interfaceOutIndex: attributes.get(PACKET.interfaceOut)?.readUInt32BE(0) ?? 0,
    linkHeader: attributes.get(PACKET.linkHeader) ?? EMPTY,
    payload: attributes.get(PACKET.payload) ?? EMPTY,
  }
}
