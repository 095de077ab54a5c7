import type { PacketSource, SlotFrame } from '#rules'
import type { BpfAssembler, Label } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { MAP, type Scratch, VERDICT } from './layout.ts'
import { type CountedLimit, emitLimit } from './limiter.ts'
import { RuleFunctions } from './rule-functions.ts'
import { COOKIE, emitIsAsked, emitIsOpening, writeSynCookie } from './syn-code.ts'
import { type Ending, ENDINGS } from './vectors/vector-code.ts'

/** Where a program goes when a rule has decided: `slot` on the stack says which one. */
export type EndLabels = Readonly<Record<Ending | 'over' | 'cookie', Label>>

/** How a program is used: before packets, or to be asked what it would do. */
export type Use = 'filter' | 'trace'

/** A packet that meets them may go on. */
const GOING_ON: ReadonlySet<PacketRule['rule']['action']['type']> = new Set(['log', 'rate_limit', 'syn_cookie'])

/** How a rule ends the evaluation; undefined for one after which the packet goes on. */
export function endingOf({ rule: { mode, action } }: PacketRule): Ending | undefined {
  if (mode === 'log' || GOING_ON.has(action.type)) return undefined
  return action.type === 'allow' ? 'pass' : action.type === 'reset' ? 'reset' : 'drop'
}

/** What the rules of one program share. */
export interface RuleCodeFrame {
  readonly source: PacketSource
  readonly slots: SlotFrame
  readonly scratch: Scratch
  readonly use: Use
  readonly ends: EndLabels
  /** By the index of their rule. */
  readonly limits: ReadonlyMap<number, CountedLimit>
  /** Writes what is done about a segment that proves that its sender hears answers. */
  readonly confirm: () => void
}

/** Writes what rules do with the packets that they are about. Uses r0 to r5. */
export class RuleCode {
  readonly #asm: BpfAssembler
  readonly #slots: SlotFrame
  readonly #scratch: Scratch
  readonly #use: Use
  readonly #ends: EndLabels
  readonly #limits: ReadonlyMap<number, CountedLimit>
  readonly #confirm: () => void
  readonly #functions: RuleFunctions
  readonly #source: PacketSource

  constructor(asm: BpfAssembler, { source, slots, scratch, use, ends, limits, confirm }: RuleCodeFrame) {
    this.#asm = asm
    this.#source = source
    this.#slots = slots
    this.#scratch = scratch
    this.#use = use
    this.#ends = ends
    this.#limits = limits
    this.#confirm = confirm
    this.#functions = new RuleFunctions(asm, source)
  }

  /** Does what the rule of a slot says; goes on behind it when the packet does. */
  write(packetRule: PacketRule, slot: number): void {
    const ending = endingOf(packetRule)
    const limit = this.#limits.get(slot - 1)
    if (ending !== undefined) {
      this.#asm.store('u32', 'r10', this.#scratch.slot, slot).goto(this.#ends[ending])
    } else if (limit !== undefined && packetRule.rule.mode === 'enforce') {
      if (this.#use === 'trace') this.#noteLimit(slot)
      else this.#limit(limit, slot)
    } else if (packetRule.rule.action.type === 'syn_cookie' && packetRule.rule.mode === 'enforce') {
      if (this.#use === 'trace') this.#noteOpening(slot)
      else this.#cookie(slot)
    } else if (this.#use === 'filter') {
      this.#note(slot)
    }
  }

  /** Ends the evaluation by the rule whose slot is in r1, as the index in `ENDINGS` in r2 says. */
  writeEnding(): void {
    const asm = this.#asm
    asm.store('u32', 'r10', this.#scratch.slot, 'r1')
    asm.jump('eq', 'r2', ENDINGS.indexOf('pass'), this.#ends.pass)
    asm.jump('eq', 'r2', ENDINGS.indexOf('reset'), this.#ends.reset).goto(this.#ends.drop)
  }

  /** Functions that the code calls; to be written behind the program. */
  get functions(): RuleFunctions {
    return this.#functions
  }

  /** Counts and samples a packet that goes on. */
  #note(slot: number): void {
    this.#asm.mov('r1', 'r6').mov('r2', slot).callFunction(this.#functions.note)
  }

  #noteLimit(slot: number): void {
    const asm = this.#asm
    const known = asm.label()
    asm.loadMapValue('r1', MAP.verdict, VERDICT.limitSlot)
    asm.load('u32', 'r2', 'r1').jump('ne', 'r2', 0, known).store('u32', 'r1', 0, slot).place(known)
  }

  /** Which sockets there are, nobody knows who is only asked: an attempt to connect is answered, all else goes on. */
  #noteOpening(slot: number): void {
    const asm = this.#asm
    const no = asm.label()
    emitIsOpening(asm, this.#slots, no)
    asm.store('u32', 'r10', this.#scratch.slot, slot).goto(this.#ends.drop).place(no)
  }

  /** Answers an attempt to connect, and drops what follows no answer. */
  #cookie(slot: number): void {
    const asm = this.#asm
    const [goesOn, valid] = [asm.label(), asm.label()]
    emitIsAsked(asm, this.#slots, goesOn)
    const cookie = this.#functions.written('syn cookie', (code) => writeSynCookie(code, this.#slots))
    asm.mov('r1', 'r6').mov('r2', 'r10').callFunction(cookie)
    asm.jump('eq', 'r0', COOKIE.goesOn, goesOn).jump('eq', 'r0', COOKIE.valid, valid)
    asm.store('u32', 'r10', this.#scratch.slot, slot).jump('eq', 'r0', COOKIE.invalid, this.#ends.drop)
    asm.mov('r9', 'r0').goto(this.#ends.cookie).place(valid)
    this.#confirm()
    asm.place(goesOn)
  }

  #limit(limit: CountedLimit, slot: number): void {
    const asm = this.#asm
    const within = asm.label()
    emitLimit(asm, { slots: this.#slots, scratch: this.#scratch, source: this.#source }, limit, this.#functions)
    asm.jump('eq', 'r0', 0, within).store('u32', 'r10', this.#scratch.slot, slot).goto(this.#ends.over)
    asm.place(within).mov('r1', 'r6').mov('r2', slot).callFunction(this.#functions.count)
  }
}
