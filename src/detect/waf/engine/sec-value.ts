import { type ByteMaskBits, maskOf } from '../transformations/index.ts'
import { applyLast, type TransformationChain } from './transformation-chain.ts'
import { VARIABLE_NAMES } from './variable-table.ts'

/** One value of a variable, with what was worked out about it, so that no rule works it out again. */
export class SecValue {
  /** Number of the variable whose list it stands in. */
  readonly variable: number
  /** Number of the narrower variable that holds it too (ARGS_GET, ARGS_POST); the same as `variable` without one. */
  readonly part: number
  /** Name within the collection as the client wrote it; empty for a variable without names. */
  readonly name: string
  readonly text: string
  /** Where `text` begins in the whole value, when that was too long to be looked at in one piece. */
  readonly offset: number
  #mask: ByteMaskBits = -1
  #lowerName: string | undefined = undefined
  /** Number of a chain, its text, number of the next ...: few stand here, so that a search is cheaper than a map. */
  #variants: (number | string)[] | undefined = undefined

  constructor(variable: number, part: number, name: string, text: string, offset = 0) {
    this.variable = variable
    this.part = part
    this.name = name
    this.text = text
    this.offset = offset
  }

  get mask(): ByteMaskBits {
    if (this.#mask < 0) this.#mask = maskOf(this.text)
    return this.#mask
  }

  get lowerName(): string {
    this.#lowerName ??= this.name.toLowerCase()
    return this.#lowerName
  }

  /** The text after a chain of transformations. */
  variant(chain: TransformationChain): string {
    if ((this.mask & chain.touches) === 0) return this.text
    const effective = chain.effective(this.mask)
    return this.#after(effective)
  }

  /** The text after a chain of which the first step changes something. */
  #after(chain: TransformationChain): string {
    if (chain.parent === undefined) return this.text
    const known = this.#variants
    if (known !== undefined) {
      for (let at = 0; at < known.length; at += 2) if (known[at] === chain.id) return known[at + 1] as string
    }
    const text = applyLast(chain, this.#after(chain.parent))
    if (this.#variants === undefined) this.#variants = [chain.id, text]
    else this.#variants.push(chain.id, text)
    return text
  }

  /** As SecLang's MATCHED_VAR_NAME says it: `ARGS:name`. */
  get fullName(): string {
    return this.name === '' ? VARIABLE_NAMES[this.variable] : `${VARIABLE_NAMES[this.variable]}:${this.name}`
  }
}

/** How many values there are: `&ARGS:name`. */
export class SecCount extends SecValue {
  constructor(variable: number, name: string, text: string) {
    super(variable, variable, name, text)
  }

  override get fullName(): string {
    return `&${super.fullName}`
  }
}
