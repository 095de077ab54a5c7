import { type BpfMap, loadProgram, TestRun } from '#net'
import { parseCidr } from '#wire'
import { packetRules } from '../packet-rules.ts'
import { CounterReader } from '../process/counter-reader.ts'
import { MapRegistry } from '../process/map-registry.ts'
import { MAP } from '../program/layout.ts'
import { compilePolicyProgram } from '../program/policy-program.ts'
import { packetPolicy, type WrittenRule } from './packet-policy.ts'

/** The program of some rules before packets that come from nowhere. */
export function filterOf(written: readonly WrittenRule[], lists: Parameters<typeof packetPolicy>[1] = []) {
  const policy = packetPolicy(written, lists)
  const rules = packetRules(policy, 0)
  const compiled = compilePolicyProgram({ rules, lists: policy.lists, management: [parseCidr('203.0.113.0/24')!] })
  const set = new MapRegistry().make(compiled.maps)
  const program = loadProgram(compiled.program, set.maps, 'test')
  const run = new TestRun(program)
  const counters = (): readonly (readonly [string, number, number])[] =>
    new CounterReader()
      .read(set.maps.get(MAP.counters), rules)
      .map(
        ({ management, ruleId = management === true ? 'management' : '', packets, over }) =>
          [ruleId, packets, over] as const,
      )
  const close = (): void => {
    program.close()
    for (const map of set.maps.values()) map.close()
  }
  return {
    rules,
    compiled: compiled.program,
    maps: set.maps,
    run,
    counters,
    close,
    samples: set.maps.get(MAP.samples) as BpfMap,
  }
}
