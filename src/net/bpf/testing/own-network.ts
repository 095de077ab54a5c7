import { execFileSync } from 'node:child_process'

export { enterOwnNetwork } from '../../tap/own-network.ts'

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
