import { TidegateError } from '#kernel'
import { type CompileEnvironment, compileOperand, type NamedList } from '#rules'
import { chooseProbes } from './choose.ts'
import type { Gate, Probe, Subject } from './gate.ts'
import { type Posting, SubjectIndex } from './subject-index.ts'
import { markAll, wordsFor } from './words.ts'

/** Says which rules can match at all, from reading each operand that gates rules once. */
export class RuleIndex<Context> {
  readonly #always: Int32Array
  readonly #words: Int32Array
  readonly #subjects: readonly SubjectIndex<Context>[]

  /** `gates` holds the gate of each rule in order; undefined where none is known. */
  constructor(gates: readonly (Gate | undefined)[], environment: CompileEnvironment<Context>) {
    const chosen = chooseProbes(gates)
    this.#always = wordsFor(gates.length)
    this.#words = wordsFor(gates.length)
    const always = chosen.flatMap((probes, rule) => (probes === undefined ? [rule] : []))
    markAll(Uint32Array.from(always), this.#always)
    this.#subjects = collectPostings(chosen).map(({ subject, postings }) => {
      const read = compileOperand(subject.operand, environment)
      return new SubjectIndex(read, postings, (name) => listCalled(name, environment))
    })
  }

  /** The rules that may match, as bits; the others can not. The array is valid until the next call. */
  candidates(context: Context): Int32Array {
    if (this.#subjects.length === 0) return this.#always
    const words = this.#words
    words.set(this.#always)
    for (let i = 0; i < this.#subjects.length; i++) this.#subjects[i].collect(context, words)
    return words
  }
}

function listCalled(name: string, { lists }: Pick<CompileEnvironment<never>, 'lists'>): NamedList {
  const list = lists.get(name)
  if (list !== undefined) return list
  throw new TidegateError('ERR_RULE_INVALID', `there is no list "${name}"`, { source: 'configuration' })
}

interface SubjectPostings {
  readonly subject: Subject
  readonly postings: readonly Posting[]
}

/** The chosen probes by subject, each probe once with all its rules. */
function collectPostings(chosen: readonly (readonly Probe[] | undefined)[]): SubjectPostings[] {
  const subjects = new Map<string, { subject: Subject; rulesByProbe: Map<string, { probe: Probe; rules: number[] }> }>()
  for (const [rule, probes] of chosen.entries()) {
    for (const probe of probes ?? []) {
      const { subject } = probe
      const entry = subjects.get(subject.key) ?? { subject, rulesByProbe: new Map() }
      subjects.set(subject.key, entry)
      const posting = entry.rulesByProbe.get(probe.id) ?? { probe, rules: [] }
      entry.rulesByProbe.set(probe.id, posting)
      posting.rules.push(rule)
    }
  }
  return [...subjects.values()].map(({ subject, rulesByProbe }) => ({
    subject,
    postings: [...rulesByProbe.values()].map(({ probe, rules }) => ({ probe, rules: Uint32Array.from(rules) })),
  }))
}
