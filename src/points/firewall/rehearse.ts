import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import { listInterfaces, loadProgram, nativeXdpSupport } from '#net'
import { INSTRUCTION_BYTES } from '#wire'
import { bpfRefusal } from './backend-rules.ts'
import { rehearseNft } from './nftables/rehearse-nft.ts'
import { packetRules } from './packet-rules.ts'
import { interfaceIndex } from './process/interfaces.ts'
import { MapRegistry } from './process/map-registry.ts'
import type { PacketBackend } from './process/messages.ts'
import { PROGRAM_NAME } from './program/layout.ts'
import { compilePolicyProgram } from './program/policy-program.ts'

/** What a policy takes in the kernel. */
export interface FirewallSize {
  readonly backend: PacketBackend
  readonly rules: number
  /** Of the program; of nftables the number of its rules. */
  readonly instructions: number
  /** Of all maps, or sets, and the program; of nftables an estimate. */
  readonly memoryBytes: number
  /** What people should know, such as why it is not a faster way that packets are filtered in. */
  readonly notes: readonly string[]
}

/**
 * Lets the kernel check what would filter packets, and gives everything back; no packet meets it.
 *
 * @throws TidegateError ERR_BPF_FAILED or ERR_NFTABLES_FAILED when the kernel does not allow it; ERR_USAGE when there is no
 *   such interface; ERR_RULE_INVALID for a rule that what filters cannot ask
 */
export function rehearseFirewall(policy: Policy<Action>, firewall: FirewallConfig): FirewallSize {
  for (const { name } of firewall.interfaces) interfaceIndex(name)
  const refusal = bpfRefusal(packetRules(policy, Date.now()))
  if (firewall.backend === 'nftables') return rehearseNft(policy, firewall)
  if (firewall.backend === 'xdp') {
    if (refusal !== undefined) throw refusal
    return rehearseXdp(policy, firewall)
  }
  if (refusal !== undefined) return instead(policy, firewall, refusal)
  try {
    return rehearseXdp(policy, firewall)
  } catch (error) {
    if (!(error instanceof TidegateError) || error.code !== 'ERR_BPF_FAILED') throw error
    return instead(policy, firewall, error)
  }
}

function instead(policy: Policy<Action>, firewall: FirewallConfig, why: TidegateError): FirewallSize {
  const size = rehearseNft(policy, firewall)
  return { ...size, notes: [`nftables, because ${why.message.replaceAll('\n', ': ')}`, ...size.notes] }
}

function rehearseXdp(policy: Policy<Action>, { interfaces, management }: FirewallConfig): FirewallSize {
  const rules = packetRules(policy, Date.now())
  const compiled = compilePolicyProgram({ rules, lists: policy.lists, management })
  const registry = new MapRegistry()
  const set = registry.make(compiled.maps)
  try {
    const program = loadProgram(compiled.program, set.maps, PROGRAM_NAME)
    const mapBytes = [...set.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
    const memoryBytes = mapBytes + program.memoryBytes
    program.close()
    const instructions = compiled.program.bytes.length / INSTRUCTION_BYTES
    const notes = xdpNotes(interfaces.map(({ name }) => name))
    return { backend: 'xdp', rules: rules.length, instructions, memoryBytes, notes }
  } finally {
    registry.discard(set)
  }
}

/** How XDP will run on each interface, as far as the kernel tells without trying. */
function xdpNotes(names: readonly string[]): string[] {
  const support = nativeXdpSupport()
  const interfaces = listInterfaces()
  return names.map((name) => {
    const isNative = support?.get(interfaces.find((each) => each.name === name)?.index ?? 0)
    if (isNative === undefined) return `${name}: whether its driver has native XDP shows when it is attached`
    if (isNative) return `${name}: native XDP`
    return `${name}: generic XDP, because its driver has no native XDP; a packet then costs a socket buffer`
  })
}
