import { closeSync, openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type Koffi from 'koffi'
import { messageOf, TidegateError } from '#kernel'
import { bringUp, listInterfaces } from '../netlink/interfaces.ts'
import { netlinkFailure } from '../netlink/socket.ts'
import { socketCalls } from '../socket-calls.ts'

const DEVICE = '/dev/net/tun'
/** linux/if_tun.h. */
const TUNSETIFF = 0x4004_54ca
const TAP_WITHOUT_HEADER = 0x1002
/** `struct ifreq` of linux/if.h. */
const REQUEST_BYTES = 40
const FLAGS_AT = 16
/** What the kernel takes for one (dev_valid_name of net/core/dev.c), of ASCII. */
const NAME = /^[!-.0-9;-~]{1,15}$/

/** An Ethernet interface at whose other end of the cable is this process. */
export class TapDevice {
  readonly #fd: number
  readonly #name: string
  #sender: number | undefined

  /**
   * Makes an interface and brings it up; it goes away when it is closed.
   *
   * @throws TidegateError ERR_NFTABLES_FAILED without the right to do so; ERR_USAGE for what is no name of an interface
   */
  constructor(name: string) {
    if (!NAME.test(name)) {
      throw new TidegateError('ERR_USAGE', `${JSON.stringify(name)} is no name that an interface can have`, {
        source: 'client',
        remedy: 'Give 1 to 15 characters without spaces and slashes, such as eth0.',
      })
    }
    this.#fd = open()
    this.#name = name
    const request = Buffer.alloc(REQUEST_BYTES)
    request.write(name, 'latin1')
    request.writeUInt16LE(TAP_WITHOUT_HEADER, FLAGS_AT)
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
    const control = koffi.load('libc.so.6').func('int ioctl(int file, unsigned long request, void *argument)')
    if (control(this.#fd, TUNSETIFF, request) !== 0) {
      const failure = netlinkFailure(`cannot make the interface ${name}`, koffi.errno())
      this.close()
      throw failure
    }
    bringUp(name)
  }

  /** The interface receives a frame: what the network stack does with it is done when this returns. */
  receive(frame: Buffer): void {
    writeSync(this.#fd, frame)
  }

  /** The network stack sends a frame by the interface, as programs that write frames do, unless somebody drops it. */
  send(frame: Buffer): void {
    this.#sender ??= senderOf(this.#name)
    socketCalls().send(this.#sender, frame, frame.length, DO_NOT_WAIT)
  }

  close(): void {
    if (this.#sender !== undefined) socketCalls().close(this.#sender)
    closeSync(this.#fd)
  }
}

/** Of linux/if_packet.h and bits/socket.h. */
const AF_PACKET = 17
const SOCK_RAW_CLOEXEC = 0x8_0003
const DO_NOT_WAIT = 0x40
const ADDRESS_BYTES = 20

/** A socket that sends frames by an interface and receives none. */
function senderOf(name: string): number {
  const { socket, bind, errno } = socketCalls()
  const address = Buffer.alloc(ADDRESS_BYTES)
  address.writeUInt16LE(AF_PACKET, 0)
  address.writeInt32LE(listInterfaces().find((each) => each.name === name)?.index ?? 0, 4)
  const sender = socket(AF_PACKET, SOCK_RAW_CLOEXEC, 0)
  if (sender >= 0 && bind(sender, address, address.length) === 0) return sender
  throw netlinkFailure(`cannot send by the interface ${name}`, errno())
}

function open(): number {
  try {
    return openSync(DEVICE, 'r+')
  } catch (cause) {
    throw new TidegateError('ERR_NFTABLES_FAILED', `cannot make an interface: ${messageOf(cause)}`, {
      source: 'environment',
      remedy: `Give access to ${DEVICE}.`,
      cause,
    })
  }
}
