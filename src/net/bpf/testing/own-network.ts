import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import type Koffi from 'koffi'

const CLONE_NEWNET = 0x4000_0000

/**
 * Gives the calling thread, and the programs that it starts, a network of their own with nothing but an idle loopback
 * device: it is gone, with all in it, when the process ends. Needs root.
 */
export function enterOwnNetwork(): void {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const unshare = koffi.load('libc.so.6').func('int unshare(int flags)')
  if (unshare(CLONE_NEWNET) !== 0) throw new Error(`unshare: error ${koffi.errno()}`)
}

/** Makes two interfaces that are the ends of one cable, and brings them up. Returns their indexes. */
export function makeCable(first: string, second: string): readonly [first: number, second: number] {
  ip('link', 'add', first, 'type', 'veth', 'peer', 'name', second)
  for (const name of [first, second]) ip('link', 'set', name, 'up')
  return [interfaceIndex(first), interfaceIndex(second)]
}

function interfaceIndex(name: string): number {
  const [link] = JSON.parse(ip('-j', 'link', 'show', name)) as { ifindex: number }[]
  return link.ifindex
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, {
    encoding: 'utf8',
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  })
}
