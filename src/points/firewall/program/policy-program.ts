import type { Action } from '#act'
import type { ListData, Rule } from '#decide'
import type { BpfMap, MapSpec } from '#net'
import {
  atHook,
  type BpfListMaps,
  conjunction,
  EGRESS_SOURCE,
  type Expression,
  isNever,
  PacketCode,
  type PacketDirection,
  type PacketHook,
  type PacketSlot,
  packetSlots,
  type PacketSource,
  SlotFrame,
  walk,
  XDP_SOURCE,
} from '#rules'
import { BpfAssembler, type BpfProgram, type IpRange, type Label } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { emitCount, emitOver, emitSample } from './counting.ts'
import {
  COUNTER_BYTES,
  MAP,
  reserveScratch,
  SAMPLE_RING_BYTES,
  type Scratch,
  sampledMost,
  SETTING,
  SETTINGS_BYTES,
  VERDICT,
} from './layout.ts'
import { numberLimits, planLimitMaps } from './limit-maps.ts'
import { type CountedLimit, slotsOfLimit } from './limiter.ts'
import { planListMaps } from './list-maps.ts'
import { ofManagement } from './management.ts'
import { emitOpaqueSlots } from './opaque-slots.ts'
import type { PlannedMap } from './planned-map.ts'
import { emitReset, RESET_SLOTS } from './reset.ts'
import { endingOf, RuleCode, type Use } from './rule-code.ts'
import { slotsOfState, StateCode } from './state-code.ts'
import { planStateMaps } from './state-maps.ts'
import { emitSynAnswer, SYN_MAPS, SYN_SLOTS } from './syn-code.ts'
import { planSlots } from './vectors/slot-plan.ts'
import { type Ending, VectorCode } from './vectors/vector-code.ts'

export interface PolicyProgramSource {
  /** Those in force, in order; the place in it plus one is the slot of a rule. */
  readonly rules: readonly PacketRule[]
  readonly lists: readonly ListData[]
  readonly management: readonly IpRange[]
  /** Where the program stands; without it, packets come in from nowhere. */
  readonly hook?: PacketHook
  /** Where several programs share maps, the tables of each have names of their own. */
  readonly tablePrefix?: string
}

const SOURCES: Readonly<Record<PacketDirection, PacketSource>> = { in: XDP_SOURCE, out: EGRESS_SOURCE }
const TOLD_BYTES = { map: MAP.verdict, at: VERDICT.frameBytes } as const
const NOWHERE: PacketHook = { interfaceName: '', direction: 'in' }

/** A program for a whole policy, and the maps that it needs. */
export interface PolicyProgram {
  readonly program: BpfProgram
  readonly maps: readonly PlannedMap[]
  /** Which maps hold the named lists. */
  readonly lists: BpfListMaps
}

/**
 * Compiles the packet rules of a policy into one program: management first, then rule by rule, each counted. Going out,
 * nothing is answered: a reset only drops, and no cookies are given.
 *
 * @throws TidegateError ERR_RULE_INVALID when the rules are more than one program can hold
 */
export function compilePolicyProgram(source: PolicyProgramSource): PolicyProgram {
  return new ProgramWriter(source, 'filter').write()
}

/** A program that writes down which rule decides, in place of counting; it uses up no rate and answers nobody. */
export function compileTraceProgram(source: PolicyProgramSource): PolicyProgram {
  return new ProgramWriter(source, 'trace').write()
}

/** Fewer rules are asked one after the other: tables cost memory, and time when they are not in the cache. */
const VECTOR_RULES = 16

class ProgramWriter {
  /** All in force; those that match nothing where the program stands ask for nothing. */
  readonly #inForce: readonly PacketRule[]
  readonly #management: readonly IpRange[]
  readonly #tablePrefix: string
  readonly #packets: PacketSource
  readonly #use: Use
  readonly #asm = new BpfAssembler()
  readonly #slots: SlotFrame
  readonly #scratch: Scratch
  readonly #code: PacketCode
  readonly #rules: RuleCode
  readonly #limits: ReadonlyMap<number, CountedLimit>
  readonly #maps: PlannedMap[]
  readonly #lists: BpfListMaps
  /** By which rules are looked up; each program has its own. */
  #tables: readonly PlannedMap[] = []
  /** Only when a rule asks for it. */
  readonly #state: StateCode | undefined
  readonly #labels: Readonly<Record<Ending | 'over' | 'cookie' | 'unsampled' | 'management', Label>>

  constructor(source: PolicyProgramSource, use: Use) {
    const { direction } = source.hook ?? NOWHERE
    this.#management = source.management
    this.#tablePrefix = source.tablePrefix ?? ''
    this.#packets = use === 'trace' ? { ...SOURCES[direction], toldBytes: TOLD_BYTES } : SOURCES[direction]
    this.#use = use
    const lists = planListMaps(source.lists, namedLists(source.rules))
    this.#inForce = rulesAt(source.rules, source.hook ?? NOWHERE)
    const rules = this.#inForce
    this.#slots = new SlotFrame(this.#neededSlots())
    this.#scratch = reserveScratch(this.#slots)
    this.#code = new PacketCode(this.#asm, this.#slots, lists.names, this.#packets)
    this.#lists = lists.names
    this.#limits = numberLimits(rules)
    this.#maps = [...lists.planned, ...this.#ownMaps()]
    const asm = this.#asm
    this.#labels = {
      drop: asm.label('drop'),
      reset: asm.label('reset'),
      over: asm.label('over'),
      cookie: asm.label('cookie'),
      pass: asm.label('pass'),
      unsampled: asm.label('unsampled'),
      management: asm.label('management'),
    }
    const frame = {
      source: this.#packets,
      slots: this.#slots,
      scratch: this.#scratch,
      use,
      ends: this.#labels,
      limits: this.#limits,
      confirm: () => this.#state?.confirm(),
    }
    this.#rules = new RuleCode(asm, frame)
    if (direction === 'in' && this.#slots.has('outOfState')) {
      const { functions } = this.#rules
      this.#state = new StateCode(asm, { slots: this.#slots, scratch: this.#scratch, use, functions })
      this.#maps.push(...planStateMaps(use))
    }
  }

  write(): PolicyProgram {
    const asm = this.#asm
    asm.mov('r6', 'r1')
    this.#code.prologue()
    this.#state?.look()
    emitOpaqueSlots(asm, this.#slots)
    asm.store('u32', 'r10', this.#scratch.slot, 0)
    this.#letManagementPass()
    if (this.#asked.length < VECTOR_RULES) this.#writeInTurn()
    else this.#writeVectors()
    if (this.#use === 'trace') this.#traceEnds()
    else this.#filterEnds()
    this.#rules.functions.write()
    const own = new Set(this.#tables.map(({ spec }) => spec.name))
    const named = (name: string): string => (own.has(name) ? `${this.#tablePrefix}${name}` : name)
    const program = asm.build()
    const tables = this.#tables.map((table) => ({ ...table, spec: { ...table.spec, name: named(table.spec.name) } }))
    return {
      program: { ...program, maps: program.maps.map((each) => ({ ...each, map: named(each.map) })) },
      maps: [...this.#maps, ...tables],
      lists: this.#lists,
    }
  }

  #writeInTurn(): void {
    for (const [index, packetRule] of this.#inForce.entries()) {
      if (isNever(packetRule.rule.expression)) continue
      const [yes, no] = [this.#asm.label(`rule ${packetRule.rule.id}`), this.#asm.label()]
      this.#code.test(packetRule.rule.expression, yes, no)
      this.#asm.place(yes)
      this.#rules.write(packetRule, index + 1)
      this.#asm.place(no)
    }
  }

  #writeVectors(): void {
    const rules = this.#inForce
    const asm = this.#asm
    const plan = planSlots(
      rules.map((each) => ({ expression: each.rule.expression, goesOn: endingOf(each) === undefined })),
    )
    const vectors = new VectorCode(asm, this.#slots, plan, {
      endingOf: (rule) => endingOf(rules[rule]),
      writeSlot: ({ rule, rest }, no, after) => {
        const yes = asm.label(`rule ${rules[rule].rule.id}`)
        if (rest.length > 0) this.#code.test(conjunction(rest), yes, no)
        asm.place(yes)
        this.#rules.write(rules[rule], rule + 1)
        if (endingOf(rules[rule]) === undefined) asm.goto(after)
      },
      writeEnding: () => this.#rules.writeEnding(),
    })
    vectors.write(this.#labels.pass)
    this.#tables = vectors.maps
  }

  #ownMaps(): PlannedMap[] {
    if (this.#use === 'trace') return [{ spec: singleValue(MAP.verdict, VERDICT.bytes) }]
    const rules = this.#inForce
    const counters: MapSpec = {
      name: MAP.counters,
      kind: 'perCpuArray',
      keyBytes: 4,
      valueBytes: COUNTER_BYTES,
      entries: rules.length + (this.#management.length === 0 ? 1 : 2),
    }
    const samples: MapSpec = {
      name: MAP.samples,
      kind: 'ringBuffer',
      keyBytes: 0,
      valueBytes: 0,
      entries: SAMPLE_RING_BYTES,
    }
    const settings = { spec: singleValue(MAP.settings, SETTINGS_BYTES), keptAs: MAP.settings, fill: fillSettings }
    const syn = this.#answersSyn ? SYN_MAPS : []
    return [{ spec: counters }, { spec: samples }, settings, ...planLimitMaps(this.#limits), ...syn]
  }

  #letManagementPass(): void {
    if (this.#management.length === 0) return
    const [yes, next] = [this.#asm.label(), this.#asm.label()]
    this.#code.test(ofManagement(this.#management, this.#packets.direction), yes, next)
    this.#asm.place(yes).goto(this.#labels.management).place(next)
  }

  get #answersSyn(): boolean {
    return this.#asked.some(({ rule }) => givesCookies(rule))
  }

  get #asked(): readonly PacketRule[] {
    return this.#inForce.filter(({ rule }) => !isNever(rule.expression))
  }

  #neededSlots(): ReadonlySet<PacketSlot> {
    const { direction } = this.#packets
    const rules = this.#asked.map(({ rule }) => rule.expression)
    const expressions = this.#management.length === 0 ? rules : [ofManagement(this.#management, direction), ...rules]
    const own = this.#asked.flatMap((each) => ownSlots(each, direction))
    const ofState = direction === 'in' ? slotsOfState(packetSlots(expressions)) : []
    return packetSlots(expressions, [...own, ...ofState])
  }

  /** What no rule decided about passes, and counts for slot 0. */
  #filterEnds(): void {
    const asm = this.#asm
    const { pass, reset, drop, over, unsampled } = this.#labels
    const { verdict, direction } = this.#packets
    asm.place(pass)
    this.#state?.keep()
    this.#count(unsampled, false)
    asm.place(unsampled).mov('r0', verdict.pass).exit()
    this.#managementEnds()
    const gone = asm.label()
    const resets = direction === 'in' && this.#asked.some(({ rule }) => rule.action.type === 'reset')
    if (resets) {
      const silent = asm.label('dropped-in-silence')
      asm.place(reset)
      this.#count(silent, true)
      emitReset(asm, this.#slots, silent)
      asm.place(silent).mov('r0', verdict.drop).exit()
    }
    asm.place(this.#labels.cookie)
    if (this.#answersSyn) {
      this.#count(gone, true)
      emitSynAnswer(asm, this.#slots, gone)
    }
    asm.place(over)
    if (this.#limits.size > 0) emitOver(asm, this.#scratch)
    if (!resets) asm.place(reset)
    asm.place(drop)
    this.#count(gone, true)
    asm.place(gone).mov('r0', verdict.drop).exit()
  }

  /** What management sends is counted behind the last rule, and not sampled. */
  #managementEnds(): void {
    if (this.#management.length === 0) return
    const asm = this.#asm
    const counted = asm.label()
    asm.place(this.#labels.management)
    this.#state?.keep()
    asm.store('u32', 'r10', this.#scratch.slot, this.#inForce.length + 1)
    emitCount(asm, this.#scratch, counted, this.#packets)
    asm.place(counted).mov('r0', this.#packets.verdict.pass).exit()
  }

  #count(missing: Label, isDropped: boolean): void {
    emitCount(this.#asm, this.#scratch, missing, this.#packets)
    emitSample(this.#asm, this.#scratch, isDropped, this.#packets)
  }

  #traceEnds(): void {
    const asm = this.#asm
    const { pass, reset, drop, unsampled, management } = this.#labels
    const { verdict } = this.#packets
    const end = asm.label()
    asm.place(pass).place(unsampled)
    this.#state?.keep()
    asm.mov('r9', verdict.pass).goto(end)
    asm.place(reset).place(drop).mov('r9', verdict.drop).goto(end)
    asm.place(end).load('u32', 'r2', 'r10', this.#scratch.slot).loadMapValue('r1', MAP.verdict, VERDICT.slot)
    asm.store('u32', 'r1', 0, 'r2').mov('r0', 'r9').exit()
    asm.place(management).loadMapValue('r1', MAP.verdict, VERDICT.isManagement).store('u32', 'r1', 0, 1)
    this.#state?.keep()
    asm.mov('r0', verdict.pass).exit()
  }
}

/** Rules as they are asked at a hook, in their places. */
function rulesAt(rules: readonly PacketRule[], hook: PacketHook): readonly PacketRule[] {
  return rules.map((each) => {
    const expression = atHook(each.rule.expression, hook)
    const isAnswer = hook.direction === 'out' && givesCookies(each.rule)
    if (expression === each.rule.expression && !isAnswer) return each
    return { ...each, rule: { ...each.rule, expression: isAnswer ? NEVER : expression } }
  })
}

const NEVER: Expression = {
  kind: 'Truth',
  operand: { kind: 'Literal', type: 'Bool', value: false, span: { start: 0, end: 0 } },
  span: { start: 0, end: 0 },
}

function givesCookies({ action, mode }: Rule<Action>): boolean {
  return action.type === 'syn_cookie' && mode === 'enforce'
}

function namedLists(rules: readonly PacketRule[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { rule } of rules) {
    walk(rule.expression, (node) => {
      if (node.kind === 'ListMembership') names.add(node.list)
    })
  }
  return names
}

function ownSlots({ rule: { action } }: PacketRule, direction: PacketDirection): ReturnType<typeof slotsOfLimit> {
  if (action.type === 'rate_limit') return slotsOfLimit(action)
  if (direction === 'out') return []
  return action.type === 'reset' ? RESET_SLOTS : action.type === 'syn_cookie' ? SYN_SLOTS : []
}

function singleValue(name: string, valueBytes: number): MapSpec {
  return { name, kind: 'array', keyBytes: 4, valueBytes, entries: 1, mappable: true }
}

const DROPPED_STRIDE = 256
const PASSED_STRIDE = 1024

function fillSettings(map: BpfMap): void {
  const value = Buffer.alloc(SETTINGS_BYTES)
  value.writeUInt32LE(sampledMost(DROPPED_STRIDE), SETTING.droppedMost)
  value.writeUInt32LE(sampledMost(PASSED_STRIDE), SETTING.passedMost)
  map.update(Buffer.alloc(4), value)
}
