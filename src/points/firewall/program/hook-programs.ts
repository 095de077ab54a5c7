import { asksForHook, atHook, type BpfListMaps, type PacketHook, printExpression } from '#rules'
import { type BpfProgram, INSTRUCTION_BYTES } from '#wire'
import { compilePolicyProgram, type PolicyProgramSource } from './policy-program.ts'
import type { PlannedMap } from './planned-map.ts'

/** A program, and where it stands: all in one direction. */
export interface HookProgram {
  readonly hooks: readonly PacketHook[]
  readonly program: BpfProgram
}

/** The programs of a policy, which share their maps: a rule counts, and limits, wherever its packets pass. */
export interface HookPrograms {
  readonly programs: readonly HookProgram[]
  readonly maps: readonly PlannedMap[]
  readonly lists: BpfListMaps
}

/**
 * Compiles the rules of a policy for the places where packets pass. Places whose packets are asked the same share a program.
 *
 * @throws TidegateError ERR_RULE_INVALID when the rules are more than one program can hold
 */
export function compileHookPrograms(
  source: Omit<PolicyProgramSource, 'hook' | 'tablePrefix'>,
  hooks: readonly PacketHook[],
): HookPrograms {
  const maps = new Map<string, PlannedMap>()
  const compiled = [...groupsOf(source, hooks)].map((group, index) => {
    const tablePrefix = index === 0 ? '' : `${index} `
    const policyProgram = compilePolicyProgram({ ...source, hook: group[0], tablePrefix })
    for (const planned of policyProgram.maps) maps.set(planned.spec.name, maps.get(planned.spec.name) ?? planned)
    return { group, policyProgram }
  })
  return {
    programs: compiled.map(({ group, policyProgram }) => ({ hooks: group, program: policyProgram.program })),
    maps: [...maps.values()],
    // The lists are those of all rules, wherever these hold.
    lists: compiled[0].policyProgram.lists,
  }
}

function groupsOf(
  { rules }: Pick<PolicyProgramSource, 'rules'>,
  hooks: readonly PacketHook[],
): Iterable<readonly PacketHook[]> {
  const asking = rules.map(({ rule }) => rule.expression).filter(asksForHook)
  return Map.groupBy(hooks, (hook) => {
    const asked = asking.map((expression) => printExpression(atHook(expression, hook)))
    return [hook.direction, ...asked].join('\n')
  }).values()
}

/** Of all programs. */
export function instructionsOf(programs: readonly HookProgram[]): number {
  return programs.reduce((sum, { program }) => sum + program.bytes.length / INSTRUCTION_BYTES, 0)
}
