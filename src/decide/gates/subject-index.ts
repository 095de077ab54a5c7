import type { FieldValue, Reader, ScalarValue } from '#fields'
import type { NamedList } from '#rules'
import { BlockTable } from './block-table.ts'
import type { BlockProbe, ListProbe, Probe, TextProbe, ValueProbe } from './gate.ts'
import { LiteralAutomaton } from './literal-automaton.ts'
import { markAll } from './words.ts'

/** Probes that ask the same of one subject, and the rules that they stand for. */
export interface Posting<Kind extends Probe = Probe> {
  readonly probe: Kind
  readonly rules: Uint32Array
}

/** Everything that rules ask of one operand, answered by reading it once. */
export class SubjectIndex<Context> {
  readonly #read: Reader<Context>
  readonly #values: ReadonlyMap<unknown, Uint32Array>
  readonly #texts: LiteralAutomaton | undefined
  readonly #numbers: BlockTable<number> | undefined
  readonly #bigNumbers: BlockTable<bigint> | undefined
  readonly #lists: readonly { readonly list: NamedList; readonly rules: Uint32Array }[]

  constructor(read: Reader<Context>, postings: readonly Posting[], listOf: (name: string) => NamedList) {
    this.#read = read
    this.#values = new Map(ofKind<ValueProbe>(postings, 'value').map(({ probe, rules }) => [probe.value, rules]))
    const texts = ofKind<TextProbe>(postings, 'text').map(({ probe, rules }) => ({ ...probe, rules }))
    this.#texts = texts.length === 0 ? undefined : new LiteralAutomaton(texts)
    const blocks = ofKind<BlockProbe>(postings, 'block')
    this.#numbers = BlockTable.ofNumbers(blocks)
    this.#bigNumbers = BlockTable.ofBigNumbers(blocks)
    this.#lists = ofKind<ListProbe>(postings, 'list').map(({ probe, rules }) => ({ list: listOf(probe.list), rules }))
  }

  /** Marks in `words` the rules whose probes fire for what `context` holds. */
  collect(context: Context, words: Int32Array): void {
    const value = this.#read(context)
    if (value !== undefined) this.#collectValue(value, words)
  }

  /** Arrays and maps come from operands under `[*]`: each of their elements counts. */
  #collectValue(value: FieldValue, words: Int32Array): void {
    if (typeof value !== 'object') {
      this.#collectScalar(value, words)
    } else if (value instanceof Map) {
      for (const element of value.values()) this.#collectValue(element, words)
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) this.#collectValue(value[i], words)
    }
  }

  #collectScalar(value: ScalarValue, words: Int32Array): void {
    const rules = this.#values.get(value)
    if (rules !== undefined) markAll(rules, words)
    if (typeof value === 'string') this.#texts?.scan(value, words)
    else if (typeof value === 'number') this.#numbers?.collect(value, words)
    else if (typeof value === 'bigint') this.#bigNumbers?.collect(value, words)
    if (typeof value === 'boolean') return
    for (let i = 0; i < this.#lists.length; i++) {
      const { list, rules: listRules } = this.#lists[i]
      if (list.has(value)) markAll(listRules, words)
    }
  }
}

function ofKind<Kind extends Probe>(postings: readonly Posting[], kind: Kind['kind']): readonly Posting<Kind>[] {
  return postings.filter((posting): posting is Posting<Kind> => posting.probe.kind === kind)
}
