/** A value of a TX variable; sums stay numbers, so that adding to one costs no parsing. */
export type TxValue = string | number | undefined

/** Captured groups stand in TX:0 to TX:9: their slots are their numbers. */
export const CAPTURE_SLOTS = 10

/**
 * Gives each TX name that the rules write out a slot, so that a request's TX is an array that is copied from a template.
 * Names are compared without case.
 */
export class TxNames {
  readonly #slots = new Map<string, number>()
  readonly names: string[] = []

  constructor() {
    for (let group = 0; group < CAPTURE_SLOTS; group++) this.slotOf(String(group))
  }

  /** The slot of a name, made when it is new. */
  slotOf(name: string): number {
    const lower = name.toLowerCase()
    let slot = this.#slots.get(lower)
    if (slot === undefined) {
      slot = this.names.length
      this.#slots.set(lower, slot)
      this.names.push(lower)
    }
    return slot
  }

  /** The slot of a lower-case name, if it has one. */
  find(lowerName: string): number | undefined {
    return this.#slots.get(lowerName)
  }
}

/** A number as SecLang reads it: leading digits with a sign, 0 for anything else. */
export function secNumber(value: TxValue): number {
  if (typeof value === 'number') return value
  if (value === undefined || value === '') return 0
  const number = Number.parseInt(value, 10)
  return Number.isNaN(number) ? 0 : number
}
