import { readFileSync } from 'node:fs'
import type { PacketBackend } from './process/messages.ts'

/** Bits of linux/capability.h. */
const CAPABILITIES = { CAP_NET_ADMIN: 12n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const

type Capability = keyof typeof CAPABILITIES

/** CAP_PERFMON lets programs compare addresses of a packet, as all but the smallest do. */
const NEEDED: Readonly<Record<PacketBackend, readonly Capability[]>> = {
  xdp: ['CAP_BPF', 'CAP_NET_ADMIN', 'CAP_PERFMON'],
  nftables: ['CAP_NET_ADMIN'],
}

/** The rights that this process lacks for a backend. */
export function missingCapabilities(backend: PacketBackend): readonly string[] {
  const [, hex] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1')) ?? []
  const effective = BigInt(`0x${hex ?? '0'}`)
  return NEEDED[backend].filter((name) => ((effective >> CAPABILITIES[name]) & 1n) === 0n)
}
