import { constants } from 'node:os'
import { TidegateError } from '#kernel'
import { errorName, socketCalls } from '../socket-calls.ts'
import { messagesOf, type NetlinkMessage } from './message.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 0x8_0003
/** Parts of the kernel, linux/netlink.h. */
const PROTOCOLS = { route: 0, netfilter: 12, generic: 16 } as const
const SOL_SOCKET = 1
const SO_SEND_BUFFER_FORCE = 32
const SO_RECEIVE_BUFFER_FORCE = 33
const DO_NOT_WAIT = 0x40
const ADDRESS_BYTES = 12

const MESSAGE_ERROR = 2
const MESSAGE_DONE = 3

/** One datagram of the kernel at most; what netfilter's log hands over at once is far below. */
const RECEIVE_BYTES = 1 << 18
const SEND_BUFFER_BYTES = 64 << 20
const RECEIVE_BUFFER_BYTES = 8 << 20

/** What the kernel answered instead of doing it. */
export function netlinkFailure(what: string, error: number): TidegateError {
  const name = errorName(error)
  return new TidegateError('ERR_NFTABLES_FAILED', `${what}: ${name}`, {
    source: 'environment',
    ...(name === 'EPERM' && { remedy: 'Run the firewall as root, or give it CAP_NET_ADMIN.' }),
    cause: { name },
  })
}

/** A conversation with a part of the kernel. It waits for answers, which come within the call that asks. */
export class NetlinkSocket {
  readonly #fd: number
  readonly #buffer = Buffer.alloc(RECEIVE_BYTES)
  #sequence = 1

  /** @throws TidegateError ERR_NFTABLES_FAILED */
  constructor(protocol: keyof typeof PROTOCOLS) {
    const { socket, bind, setOption, close, errno } = socketCalls()
    this.#fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, PROTOCOLS[protocol])
    if (this.#fd < 0) throw netlinkFailure(`cannot talk to the kernel (${protocol})`, errno())
    const address = Buffer.alloc(ADDRESS_BYTES)
    address.writeUInt16LE(AF_NETLINK)
    if (bind(this.#fd, address, ADDRESS_BYTES) < 0) {
      const failure = netlinkFailure(`cannot talk to the kernel (${protocol})`, errno())
      close(this.#fd)
      throw failure
    }
    // Without the right to do so the buffers stay as they are, and large transactions fail.
    for (const [option, size] of [
      [SO_SEND_BUFFER_FORCE, SEND_BUFFER_BYTES],
      [SO_RECEIVE_BUFFER_FORCE, RECEIVE_BUFFER_BYTES],
    ] as const) {
      const value = Buffer.alloc(4)
      value.writeUInt32LE(size)
      setOption(this.#fd, SOL_SOCKET, option, value, value.length)
    }
  }

  /** The number of the next question, which all its messages carry. */
  get sequence(): number {
    return this.#sequence
  }

  /**
   * Sends messages, and gives those that answer to `visit` until the last of them. `what` is told when the kernel refuses.
   *
   * @throws TidegateError ERR_NFTABLES_FAILED
   */
  ask(what: string, messages: Buffer, visit: (message: NetlinkMessage) => void = () => {}): void {
    const { send, errno } = socketCalls()
    const sequence = this.#sequence++
    if (send(this.#fd, messages, messages.length, 0) < 0) throw netlinkFailure(what, errno())
    for (;;) {
      const datagram = this.#receive(0)
      if (typeof datagram === 'number') throw netlinkFailure(what, datagram)
      for (const message of messagesOf(datagram)) {
        // A transaction that failed may be answered more than once.
        if (message.sequence !== sequence) continue
        if (message.type === MESSAGE_DONE) return
        if (message.type !== MESSAGE_ERROR) {
          visit(message)
          continue
        }
        const error = -message.body.readInt32LE(0)
        if (error !== 0) throw netlinkFailure(what, error)
        return
      }
    }
  }

  /** The messages that are there, without waiting; undefined when there are none. */
  next(): Iterable<NetlinkMessage> | undefined {
    for (;;) {
      const datagram = this.#receive(DO_NOT_WAIT)
      if (typeof datagram !== 'number') return messagesOf(datagram)
      // Messages were lost because nobody read them in time: those that follow are there.
      if (datagram !== constants.errno.ENOBUFS && datagram !== constants.errno.EINTR) return undefined
    }
  }

  close(): void {
    socketCalls().close(this.#fd)
  }

  /** A datagram, or the number of an error. It stands in a buffer that the next call uses again. */
  #receive(flags: number): Buffer | number {
    const { receive, errno } = socketCalls()
    for (;;) {
      const length = receive(this.#fd, this.#buffer, RECEIVE_BYTES, flags)
      if (length >= 0) return this.#buffer.subarray(0, length)
      const error = errno()
      if (error !== constants.errno.EINTR) return error
    }
  }
}
