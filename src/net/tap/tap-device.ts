import { closeSync, openSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import type Koffi from 'koffi'
import { messageOf, TidegateError } from '#kernel'
import { bringUp } from '../netlink/interfaces.ts'
import { netlinkFailure } from '../netlink/socket.ts'

const DEVICE = '/dev/net/tun'
/** linux/if_tun.h. */
const TUNSETIFF = 0x4004_54ca
const TAP_WITHOUT_HEADER = 0x1002
/** `struct ifreq` of linux/if.h. */
const REQUEST_BYTES = 40
const FLAGS_AT = 16

/** An Ethernet interface at whose other end of the cable is this process. */
export class TapDevice {
  readonly #fd: number

  /**
   * Makes an interface and brings it up; it goes away when it is closed.
   *
   * @throws TidegateError ERR_NFTABLES_FAILED without the right to do so
   */
  constructor(name: string) {
    this.#fd = open()
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

  close(): void {
    closeSync(this.#fd)
  }
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
