import { CAPTURE_SLOTS, type TxNames, type TxValue } from './tx-names.ts'

/** Names that a request can add to its TX beyond those that the rules write out: `tx.seen_%{MATCHED_VAR_NAME}` names many. */
const DYNAMIC_NAMES = 2_000

/** The TX collection of one request. */
export class TxStore {
  readonly #names: TxNames
  readonly slots: TxValue[]
  #dynamic: Map<string, TxValue> | undefined = undefined

  constructor(names: TxNames, template: readonly TxValue[]) {
    this.#names = names
    this.slots = template.slice()
  }

  /** A value by its lower-case name. */
  get(lowerName: string): TxValue {
    const slot = this.#names.find(lowerName)
    return slot === undefined ? this.#dynamic?.get(lowerName) : this.slots[slot]
  }

  set(lowerName: string, value: TxValue): void {
    const slot = this.#names.find(lowerName)
    if (slot !== undefined) {
      this.slots[slot] = value
      return
    }
    this.#dynamic ??= new Map()
    if (value === undefined) this.#dynamic.delete(lowerName)
    else if (this.#dynamic.size < DYNAMIC_NAMES || this.#dynamic.has(lowerName)) this.#dynamic.set(lowerName, value)
  }

  /** Stores the groups of a match as TX:0 to TX:9; what an earlier match left in the others becomes empty. */
  capture(groups: readonly (string | undefined)[]): void {
    for (let group = 0; group < CAPTURE_SLOTS; group++) {
      const text = groups[group]
      if (text !== undefined) this.slots[group] = text
      else if (this.slots[group] !== undefined) this.slots[group] = ''
    }
  }

  /** Calls `visit` for the variables in some slots, and for those beyond the slots whose names `matches`. */
  each(
    slots: readonly number[],
    matches: (lowerName: string) => boolean,
    visit: (name: string, value: TxValue) => void,
  ): void {
    for (let at = 0; at < slots.length; at++) {
      const value = this.slots[slots[at]]
      if (value !== undefined) visit(this.#names.names[slots[at]], value)
    }
    if (this.#dynamic === undefined) return
    for (const [name, value] of this.#dynamic) if (matches(name)) visit(name, value)
  }

  /** Names and values of all variables. */
  *all(): Generator<readonly [string, TxValue]> {
    for (const [slot, value] of this.slots.entries()) if (value !== undefined) yield [this.#names.names[slot], value]
    if (this.#dynamic !== undefined) yield* this.#dynamic
  }
}
