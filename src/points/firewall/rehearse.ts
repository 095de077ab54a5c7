import type { Action } from '#act'
import type { FirewallConfig } from '#config'
import type { Policy } from '#decide'
import { INSTRUCTION_BYTES } from '#wire'
import { loadProgram } from '#net'
import { packetRules } from './packet-rules.ts'
import { interfaceIndex } from './process/interfaces.ts'
import { MapRegistry } from './process/map-registry.ts'
import { PROGRAM_NAME } from './program/layout.ts'
import { compilePolicyProgram } from './program/policy-program.ts'

/** What a policy takes in the kernel. */
interface FirewallSize {
  readonly rules: number
  readonly instructions: number
  readonly memoryBytes: number
}

/**
 * Loads the program of a policy and its maps into the kernel, and takes them out again; no packet meets them.
 *
 * @throws TidegateError ERR_BPF_FAILED when the kernel does not allow it; ERR_USAGE when there is no such interface
 */
export function rehearseFirewall(policy: Policy<Action>, { interfaces, management }: FirewallConfig): FirewallSize {
  for (const { name } of interfaces) interfaceIndex(name)
  const rules = packetRules(policy, Date.now())
  const compiled = compilePolicyProgram({ rules, lists: policy.lists, management })
  const registry = new MapRegistry()
  const set = registry.make(compiled.maps)
  try {
    const program = loadProgram(compiled.program, set.maps, PROGRAM_NAME)
    const mapBytes = [...set.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
    const memoryBytes = mapBytes + program.memoryBytes
    program.close()
    return { rules: rules.length, instructions: compiled.program.bytes.length / INSTRUCTION_BYTES, memoryBytes }
  } finally {
    registry.discard(set)
  }
}
