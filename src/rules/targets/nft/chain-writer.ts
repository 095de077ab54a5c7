import type { Span } from '../../expression.ts'
import { Refusal } from '../refusal.ts'
import type { OpenCondition } from './folded.ts'

/** Where a condition leads: the verdict of a rule, or the next rule of the chain. */
type Exit = { readonly kind: 'Verdict'; readonly text: string } | { readonly kind: 'Next' }

const NEXT: Exit = { kind: 'Next' }

/** The kernel follows 16 chains; the caller's own are above, and those of what a rule does below. */
const DEPTH_LIMIT = 7
/** `xor` writes its operands twice. */
const LINE_LIMIT = 4000

/**
 * Writes conditions as chains: a rule leads on with `goto`, or the next one is asked, so that each chain is a straight piece
 * of a program and each condition is asked once.
 */
export class ChainWriter {
  /** Rules by chain, in the order in which chains must be declared: whoever leads to a chain comes after it. */
  readonly chains = new Map<string, string[]>()
  readonly #depths = new Map<string, number>()
  readonly #prefix: string
  readonly #span: Span
  #current = ''
  #lines = 0

  constructor(prefix: string, span: Span) {
    this.#prefix = prefix
    this.#span = span
  }

  /**
   * Writes a condition that ends in the verdict `hit`; false falls off the end of the chain, whose name is returned.
   *
   * @throws Refusal when it takes more chains in a row, or more rules, than nftables follows
   */
  write(folded: OpenCondition, hit: string): string {
    const first = this.#chain(0)
    this.#current = first
    this.#test(folded, { kind: 'Verdict', text: hit }, { kind: 'Verdict', text: 'return' })
    return first
  }

  #chain(depth: number): string {
    if (depth > DEPTH_LIMIT) throw new Refusal('this changes between `and` and `or` too often for nftables', this.#span)
    const name = `${this.#prefix}-${this.chains.size}`
    this.chains.set(name, [])
    this.#depths.set(name, depth)
    return name
  }

  #line(matches: string, exit: Exit): void {
    if (exit.kind === 'Next') return
    if (++this.#lines > LINE_LIMIT) throw new Refusal('nftables would need too many rules for this', this.#span)
    this.chains.get(this.#current)?.push(`${matches} ${exit.text}`.trim())
  }

  /** A chain that is gone to from here, and how to go there. */
  #branch(): { readonly name: string; readonly exit: Exit } {
    const name = this.#chain((this.#depths.get(this.#current) ?? 0) + 1)
    return { name, exit: { kind: 'Verdict', text: `goto ${name}` } }
  }

  /** At most one of the exits is `NEXT`. */
  #test(node: OpenCondition, yes: Exit, no: Exit): void {
    switch (node.kind) {
      case 'Not':
        this.#test(node.operand, no, yes)
        return
      case 'Ways':
        this.#ways(node.ways, yes, no)
        return
      case 'Logical':
        if (node.operator === 'xor') this.#xor(node.operands, yes, no)
        else if (node.operator === 'and') this.#and(node.operands, yes, no)
        else this.#or(node.operands, yes, no)
    }
  }

  #ways(ways: readonly string[], yes: Exit, no: Exit): void {
    if (yes.kind === 'Verdict') {
      for (const way of ways) this.#line(way, yes)
      this.#line('', no)
      return
    }
    const after = this.#branch()
    for (const way of ways) this.#line(way, after.exit)
    this.#line('', no)
    this.#deepen(after.name)
  }

  /** What was gone to from deeper chains is deeper than they are. */
  #deepen(name: string): void {
    const depth = Math.max(this.#depths.get(name) ?? 0, (this.#depths.get(this.#current) ?? 0) + 1)
    if (depth > DEPTH_LIMIT) throw new Refusal('this changes between `and` and `or` too often for nftables', this.#span)
    this.#depths.set(name, depth)
    this.#current = name
  }

  #and(operands: readonly OpenCondition[], yes: Exit, no: Exit): void {
    const after = no.kind === 'Next' ? this.#branch() : undefined
    const away = after === undefined ? no : after.exit
    const ordered = merged(operands)
    for (const [index, operand] of ordered.entries()) {
      this.#test(operand, index === ordered.length - 1 ? yes : NEXT, away)
    }
    if (after !== undefined) this.#deepen(after.name)
  }

  #or(operands: readonly OpenCondition[], yes: Exit, no: Exit): void {
    const after = yes.kind === 'Next' ? this.#branch() : undefined
    const away = after === undefined ? yes : after.exit
    for (const [index, operand] of operands.entries()) {
      this.#test(operand, away, index === operands.length - 1 ? no : NEXT)
    }
    if (after !== undefined) this.#deepen(after.name)
  }

  #xor([first, ...rest]: readonly OpenCondition[], yes: Exit, no: Exit): void {
    if (rest.length === 0) {
      this.#test(first, yes, no)
      return
    }
    const after = yes.kind === 'Next' || no.kind === 'Next' ? this.#branch() : undefined
    const [onOdd, onEven] = [yes, no].map((exit) => (exit.kind === 'Next' && after !== undefined ? after.exit : exit))
    const [odd, even] = [this.#branch(), this.#branch()]
    this.#test(first, odd.exit, even.exit)
    let deepest = this.#current
    for (const { name, exits } of [
      { name: odd.name, exits: [onEven, onOdd] as const },
      { name: even.name, exits: [onOdd, onEven] as const },
    ]) {
      this.#deepen(name)
      this.#xor(rest, ...exits)
      if ((this.#depths.get(this.#current) ?? 0) > (this.#depths.get(deepest) ?? 0)) deepest = this.#current
    }
    this.#current = deepest
    if (after !== undefined) this.#deepen(after.name)
  }
}

/** What a rule can say at once stands at the end, in one rule; what leads away needs none of it. */
function merged(operands: readonly OpenCondition[]): OpenCondition[] {
  const single = operands.filter((operand) => operand.kind === 'Ways' && operand.ways.length === 1)
  if (single.length < 2) {
    return [...operands].sort((left, right) => rank(left) - rank(right))
  }
  const way = single.flatMap((operand) => (operand.kind === 'Ways' ? operand.ways : [])).join(' ')
  const others = operands.filter((operand) => !single.includes(operand))
  return [...others.sort((left, right) => rank(left) - rank(right)), { kind: 'Ways', ways: [way] }]
}

/** Conditions that lead away come first, then those that need chains, then one that is one rule. */
function rank(operand: OpenCondition): number {
  if (operand.kind === 'Not') return 0
  return operand.kind === 'Ways' && operand.ways.length === 1 ? 2 : 1
}
