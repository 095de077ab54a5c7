import type { ListData } from '#decide'
import type { BpfMap, MapSpec } from '#net'
import { type Expression, listsOf, PacketCode, packetSlots, SlotFrame } from '#rules'
import { BPF_HELPER, BpfAssembler, type BpfProgram, type IpRange, type Label, XDP } from '#wire'
import type { PacketRule } from '../packet-decision.ts'
import { emitCount, emitSample } from './counting.ts'
import {
  COUNTER,
  COUNTER_BYTES,
  MAP,
  reserveScratch,
  SAMPLE_RING_BYTES,
  type Scratch,
  SETTING,
  SETTINGS_BYTES,
  VERDICT,
} from './layout.ts'
import { emitLimit, keyBytes, slotsOfLimit } from './limiter.ts'
import { planListMaps } from './list-maps.ts'
import { fromManagement } from './management.ts'
import { emitOpaqueSlots } from './opaque-slots.ts'
import type { PlannedMap } from './planned-map.ts'
import { emitReset, RESET_SLOTS } from './reset.ts'

export interface PolicyProgramSource {
  /** Those in force, in order; the place in it plus one is the slot of a rule. */
  readonly rules: readonly PacketRule[]
  readonly lists: readonly ListData[]
  readonly management: readonly IpRange[]
}

/** A program for a whole policy, and the maps that it needs. */
export interface PolicyProgram {
  readonly program: BpfProgram
  readonly maps: readonly PlannedMap[]
}

/** How a program is used: before packets, or to be asked what it would do. */
type Use = 'filter' | 'trace'

/** Keys that a limit remembers at a time; the one that was idle longest makes room. */
const LIMIT_ENTRIES = 1 << 18

/**
 * Compiles the packet rules of a policy into one XDP program: management first, then rule by rule, each counted.
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

class ProgramWriter {
  readonly #source: PolicyProgramSource
  readonly #use: Use
  readonly #asm = new BpfAssembler()
  readonly #slots: SlotFrame
  readonly #scratch: Scratch
  readonly #code: PacketCode
  readonly #maps: PlannedMap[]
  readonly #labels: Readonly<Record<'drop' | 'reset' | 'pass' | 'unsampled' | 'management', Label>>

  constructor(source: PolicyProgramSource, use: Use) {
    this.#source = source
    this.#use = use
    const { rules } = source
    const expressions = rules.map(({ rule }) => rule.expression)
    const wanted = new Set(expressions.flatMap((expression) => [...listsOf(expression)]))
    const lists = planListMaps(source.lists, wanted)
    this.#slots = new SlotFrame(packetSlots(allExpressions(source), rules.flatMap(ownSlots)))
    this.#scratch = reserveScratch(this.#slots)
    this.#code = new PacketCode(this.#asm, this.#slots, lists.names)
    this.#maps = [...lists.planned, ...this.#ownMaps()]
    const asm = this.#asm
    this.#labels = {
      drop: asm.label('drop'),
      reset: asm.label('reset'),
      pass: asm.label('pass'),
      unsampled: asm.label('unsampled'),
      management: asm.label('management'),
    }
  }

  write(): PolicyProgram {
    const asm = this.#asm
    asm.mov('r6', 'r1')
    this.#code.prologue()
    emitOpaqueSlots(asm, this.#slots)
    asm.store('u32', 'r10', this.#scratch.slot, 0)
    this.#management()
    for (const [index, rule] of this.#source.rules.entries()) this.#rule(rule, index + 1)
    if (this.#use === 'trace') this.#traceEnds()
    else this.#filterEnds()
    return { program: asm.build(), maps: this.#maps }
  }

  #ownMaps(): PlannedMap[] {
    if (this.#use === 'trace') return [{ spec: singleValue(MAP.verdict, VERDICT.bytes) }]
    const { rules } = this.#source
    const counters: MapSpec = {
      name: MAP.counters,
      kind: 'perCpuArray',
      keyBytes: 4,
      valueBytes: COUNTER_BYTES,
      entries: rules.length + 1,
    }
    const samples: MapSpec = {
      name: MAP.samples,
      kind: 'ringBuffer',
      keyBytes: 0,
      valueBytes: 0,
      entries: SAMPLE_RING_BYTES,
    }
    const settings = { spec: singleValue(MAP.settings, SETTINGS_BYTES), keptAs: MAP.settings, fill: fillSettings }
    return [{ spec: counters }, { spec: samples }, settings, ...rules.flatMap(planLimit)]
  }

  #management(): void {
    const { management } = this.#source
    if (management.length === 0) return
    const next = this.#asm.label()
    this.#code.test(fromManagement(management), this.#labels.management, next)
    this.#asm.place(next)
  }

  #rule(packetRule: PacketRule, slot: number): void {
    const { rule } = packetRule
    const [yes, no] = [this.#asm.label(`rule ${rule.id}`), this.#asm.label()]
    this.#code.test(rule.expression, yes, no)
    this.#asm.place(yes)
    if (rule.mode === 'log' || rule.action.type === 'log') this.#note(slot)
    else this.#act(packetRule, slot)
    this.#asm.place(no)
  }

  #act({ rule }: PacketRule, slot: number): void {
    const { action } = rule
    const asm = this.#asm
    if (action.type === 'rate_limit') {
      this.#limit({ action, map: limitMap(slot), slot })
      return
    }
    asm.store('u32', 'r10', this.#scratch.slot, slot)
    asm.goto(
      action.type === 'allow' ? this.#labels.pass : action.type === 'reset' ? this.#labels.reset : this.#labels.drop,
    )
  }

  /** Counts and samples a packet that goes on. */
  #note(slot: number): void {
    if (this.#use === 'trace') return
    const asm = this.#asm
    const missing = asm.label()
    asm.store('u32', 'r10', this.#scratch.slot, slot)
    emitCount(asm, this.#scratch, missing)
    emitSample(asm, this.#scratch, false)
    asm.place(missing).store('u32', 'r10', this.#scratch.slot, 0)
  }

  #limit({ action, map, slot }: { action: Parameters<typeof emitLimit>[2]; map: string; slot: number }): void {
    const asm = this.#asm
    if (this.#use === 'trace') {
      const known = asm.label()
      asm.loadMapValue('r1', MAP.verdict, VERDICT.limitSlot)
      asm.load('u32', 'r2', 'r1').jump('ne', 'r2', 0, known).store('u32', 'r1', 0, slot).place(known)
      return
    }
    const [missing, over, within] = [asm.label(), asm.label(), asm.label()]
    const frame = { slots: this.#slots, scratch: this.#scratch }
    emitLimit(asm, frame, action, map, over)
    asm.store('u32', 'r10', this.#scratch.slot, slot)
    emitCount(asm, this.#scratch, missing)
    asm.place(missing).store('u32', 'r10', this.#scratch.slot, 0).goto(within)
    asm.place(over).store('u32', 'r10', this.#scratch.slot, slot)
    asm.loadMap('r1', MAP.counters).mov('r2', 'r10').alu('add', 'r2', this.#scratch.slot).call(BPF_HELPER.mapLookup)
    asm.jump('eq', 'r0', 0, this.#labels.drop)
    asm.load('u64', 'r1', 'r0', COUNTER.over).alu('add', 'r1', 1).store('u64', 'r0', COUNTER.over, 'r1')
    asm.goto(this.#labels.drop).place(within)
  }

  /** What no rule decided about passes, and counts for slot 0. */
  #filterEnds(): void {
    const asm = this.#asm
    const { pass, reset, drop, unsampled, management } = this.#labels
    asm.place(pass)
    emitCount(asm, this.#scratch, unsampled)
    emitSample(asm, this.#scratch, false)
    asm.place(unsampled).place(management).mov('r0', XDP.pass).exit()
    const gone = asm.label()
    if (this.#source.rules.some(({ rule }) => rule.action.type === 'reset')) {
      const silent = asm.label('dropped-in-silence')
      asm.place(reset)
      emitCount(asm, this.#scratch, silent)
      emitSample(asm, this.#scratch, true)
      emitReset(asm, this.#slots, silent)
      asm.place(silent).mov('r0', XDP.drop).exit()
    } else {
      asm.place(reset)
    }
    asm.place(drop)
    emitCount(asm, this.#scratch, gone)
    emitSample(asm, this.#scratch, true)
    asm.place(gone).mov('r0', XDP.drop).exit()
  }

  #traceEnds(): void {
    const asm = this.#asm
    const { pass, reset, drop, unsampled, management } = this.#labels
    const end = asm.label()
    asm.place(pass).place(unsampled).mov('r9', XDP.pass).goto(end)
    asm.place(reset).place(drop).mov('r9', XDP.drop).goto(end)
    asm.place(end).load('u32', 'r2', 'r10', this.#scratch.slot).loadMapValue('r1', MAP.verdict, VERDICT.slot)
    asm.store('u32', 'r1', 0, 'r2').mov('r0', 'r9').exit()
    asm.place(management).loadMapValue('r1', MAP.verdict, VERDICT.isManagement).store('u32', 'r1', 0, 1)
    asm.mov('r0', XDP.pass).exit()
  }
}

function allExpressions({ rules, management }: PolicyProgramSource): readonly Expression[] {
  const expressions = rules.map(({ rule }) => rule.expression)
  return management.length === 0 ? expressions : [fromManagement(management), ...expressions]
}

function ownSlots({ rule: { action } }: PacketRule): ReturnType<typeof slotsOfLimit> {
  if (action.type === 'rate_limit') return slotsOfLimit(action)
  return action.type === 'reset' ? RESET_SLOTS : []
}

function singleValue(name: string, valueBytes: number): MapSpec {
  return { name, kind: 'array', keyBytes: 4, valueBytes, entries: 1, mappable: true }
}

function limitMap(slot: number): string {
  return `limit${slot}`
}

/** A limit goes on counting when others rules change. */
function planLimit({ rule }: PacketRule, index: number): PlannedMap[] {
  const { action } = rule
  if (action.type !== 'rate_limit') return []
  const spec: MapSpec = {
    name: limitMap(index + 1),
    kind: 'lruHash',
    keyBytes: keyBytes(action),
    valueBytes: 8,
    entries: LIMIT_ENTRIES,
  }
  return [{ spec, keptAs: `limit ${rule.id} ${JSON.stringify(action)}` }]
}

const DROPPED_MASK = 0xff
const PASSED_MASK = 0x3ff

function fillSettings(map: BpfMap): void {
  const value = Buffer.alloc(SETTINGS_BYTES)
  value.writeUInt32LE(DROPPED_MASK, SETTING.droppedMask)
  value.writeUInt32LE(PASSED_MASK, SETTING.passedMask)
  map.update(Buffer.alloc(4), value)
}
