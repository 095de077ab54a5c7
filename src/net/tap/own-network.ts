import { createRequire } from 'node:module'
import type Koffi from 'koffi'
import { netlinkFailure } from '../netlink/socket.ts'

const CLONE_NEWNET = 0x4000_0000

/**
 * Gives the calling thread, and the programs that it starts, a network of their own with nothing but an idle loopback
 * device: it is gone, with all in it, when the process ends.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED without the right to do so
 */
export function enterOwnNetwork(): void {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const unshare = koffi.load('libc.so.6').func('int unshare(int flags)')
  if (unshare(CLONE_NEWNET) !== 0) throw netlinkFailure('cannot make a network to judge packets in', koffi.errno())
}
