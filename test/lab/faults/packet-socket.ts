import koffi from 'koffi'

const libc = koffi.load('libc.so.6')
const socket = libc.func('int socket(int, int, int)')
const bind = libc.func('int bind(int, const void *, unsigned int)')
const setsockopt = libc.func('int setsockopt(int, int, int, const void *, unsigned int)')
const recv = libc.func('long recv(int, void *, size_t, int)')
const send = libc.func('long send(int, const void *, size_t, int)')
const nameToIndex = libc.func('unsigned int if_nametoindex(const char *)')

const AF_PACKET = 17
const SOCK_RAW = 3
const ETH_P_ALL_BIG_ENDIAN = 0x0300
const SOL_PACKET = 263
const PACKET_IGNORE_OUTGOING = 23
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
const MSG_DONTWAIT = 0x40
const RECEIVE_BYTES = 4_194_304

/** Frames of one interface as they are, in both directions (packet(7)). */
export class PacketSocket {
  readonly #descriptor: number
  readonly #buffer = Buffer.alloc(65_536)

  constructor(device: string) {
    this.#descriptor = socket(AF_PACKET, SOCK_RAW, ETH_P_ALL_BIG_ENDIAN) as number
    const address = Buffer.alloc(20)
    address.writeUInt16LE(AF_PACKET, 0)
    address.writeUInt16LE(ETH_P_ALL_BIG_ENDIAN, 2)
    address.writeInt32LE(nameToIndex(device) as number, 4)
    const set = (level: number, name: number, value: number): void => {
      const bytes = Buffer.alloc(4)
      bytes.writeInt32LE(value)
      setsockopt(this.#descriptor, level, name, bytes, 4)
    }
    set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    set(SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BYTES)
    if (this.#descriptor < 0 || bind(this.#descriptor, address, address.length) !== 0) {
      throw new Error(`no packet socket on ${device}`)
    }
  }

  /** The next frame that came; undefined when none waits. */
  receive(): Buffer | undefined {
    const length = recv(this.#descriptor, this.#buffer, this.#buffer.length, MSG_DONTWAIT) as number
    return length > 0 ? Buffer.from(this.#buffer.subarray(0, length)) : undefined
  }

  send(frame: Buffer): void {
    send(this.#descriptor, frame, frame.length, 0)
  }
}
