import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { TidegateError } from '#kernel'
import type { LoadedProgram } from '#net'
import { bpfRefusal } from './backend-rules.ts'
import { hooksOf } from './hooks.ts'
import { rehearseNft } from './nftables/rehearse-nft.ts'
import { answersPackets, packetRules } from './packet-rules.ts'
import { interfaceIndex } from './process/interfaces.ts'
import { MapRegistry } from './process/map-registry.ts'
import type { PacketBackend } from './process/messages.ts'
import { attachmentFault } from './process/program-attachment.ts'
import { compileHookPrograms, instructionsOf } from './program/hook-programs.ts'
import { loadHookProgram } from './program/load-program.ts'
import { xdpNotes } from './xdp-notes.ts'

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

function rehearseXdp(policy: Policy<Action>, firewall: FirewallConfig): FirewallSize {
  const rules = packetRules(policy, Date.now())
  const hooks = hooksOf(firewall)
  for (const hook of hooks) {
    const fault = attachmentFault(hook)
    if (fault !== undefined) throw fault
  }
  const { programs, maps } = compileHookPrograms({ rules, lists: policy.lists, management: firewall.management }, hooks)
  const registry = new MapRegistry()
  const set = registry.make(maps)
  const loaded: LoadedProgram[] = []
  try {
    for (const {
      program,
      hooks: [{ direction }],
    } of programs)
      loaded.push(loadHookProgram(program, direction, set.maps))
    const memoryBytes = [...set.maps.values(), ...loaded].reduce((sum, each) => sum + each.memoryBytes, 0)
    const notes = xdpNotes(hooks, answersPackets(rules))
    return { backend: 'xdp', rules: rules.length, instructions: instructionsOf(programs), memoryBytes, notes }
  } finally {
    for (const program of loaded) program.close()
    registry.discard(set)
  }
}
