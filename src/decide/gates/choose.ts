import type { Gate, Probe } from './gate.ts'

/**
 * Reading an operand for fewer rules than this costs more than evaluating them: rules that only such operands could gate are
 * evaluated always.
 */
const RULES_PER_SUBJECT = 4

/** Rounds in which operands with too few rules are given up; what is left then is merely slower. */
const ROUNDS = 8

/** More probes than this for one rule are not worth their memory. */
const PROBES_PER_RULE = 65_536

/** How much dearer it is to compute an operand than to look it up. */
const COMPUTED_WEIGHT = 2

/**
 * Chooses for each rule the probes that stand for it: one of them fires whenever the rule matches. Undefined for a rule that
 * has to be evaluated always. Rare probes are preferred: what many rules ask for is probably what most requests have.
 */
export function chooseProbes(gates: readonly (Gate | undefined)[]): (readonly Probe[] | undefined)[] {
  const counts = countRules(gates)
  const unworthy = new Set<string>()
  const costOf = (probe: Probe) =>
    unworthy.has(probe.subject.key)
      ? Number.POSITIVE_INFINITY
      : probe.chance * counts.get(probe.id)! * (probe.subject.isComputed ? COMPUTED_WEIGHT : 1)
  for (let round = 0; ; round++) {
    const chosen = gates.map((gate) => (gate === undefined ? undefined : cheapest(gate, costOf).probes))
    const few = round < ROUNDS ? subjectsOfFewRules(chosen) : []
    if (few.length === 0) return chosen
    for (const key of few) unworthy.add(key)
  }
}

interface Choice {
  readonly cost: number
  readonly probes: readonly Probe[] | undefined
}

const IMPOSSIBLE: Choice = { cost: Number.POSITIVE_INFINITY, probes: undefined }

function cheapest(gate: Gate, costOf: (probe: Probe) => number): Choice {
  if (gate.kind === 'every') {
    return gate.gates.reduce<Choice>((best, each) => {
      const choice = cheapest(each, costOf)
      return choice.cost < best.cost ? choice : best
    }, IMPOSSIBLE)
  }
  if (gate.kind !== 'some') {
    const cost = costOf(gate)
    return cost === Number.POSITIVE_INFINITY ? IMPOSSIBLE : { cost, probes: [gate] }
  }
  const choices = gate.gates.map((each) => cheapest(each, costOf))
  const cost = choices.reduce((sum, choice) => sum + choice.cost, 0)
  if (cost === Number.POSITIVE_INFINITY) return IMPOSSIBLE
  const probes = choices.flatMap((choice) => choice.probes ?? [])
  return probes.length > PROBES_PER_RULE ? IMPOSSIBLE : { cost, probes }
}

/** How many rules have each probe, by its id. */
function countRules(gates: readonly (Gate | undefined)[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const gate of gates) {
    const ids = new Set<string>()
    if (gate !== undefined) collectIds(gate, ids)
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

function collectIds(gate: Gate, ids: Set<string>): void {
  if (gate.kind === 'every' || gate.kind === 'some') for (const each of gate.gates) collectIds(each, ids)
  else ids.add(gate.id)
}

function subjectsOfFewRules(chosen: readonly (readonly Probe[] | undefined)[]): string[] {
  const rules = new Map<string, number>()
  for (const probes of chosen) {
    const keys = new Set((probes ?? []).map((probe) => probe.subject.key))
    for (const key of keys) rules.set(key, (rules.get(key) ?? 0) + 1)
  }
  return [...rules].filter(([, count]) => count < RULES_PER_SUBJECT).map(([key]) => key)
}
