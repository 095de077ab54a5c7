import { TidegateError } from '#kernel'
import {
  type BpfProgram,
  CLASS,
  type Instruction,
  INSTRUCTION_BYTES,
  JUMP,
  LOAD_IMMEDIATE_64,
  type MapReference,
  writeInstruction,
} from './instruction.ts'

/** An instruction that may still name a label and a map. */
export interface Draft extends Instruction {
  readonly map?: string
  /** The jump behind it was taken over: it is left out. */
  readonly isInverted?: boolean
}

const GOTO = CLASS.jmp | JUMP.always
const EXIT = CLASS.jmp | JUMP.exit
const CALL = CLASS.jmp | JUMP.call
/** Unconditional, with an offset of 32 bits in the immediate (Linux 6.6). */
const LONG_GOTO = CLASS.jmp32 | JUMP.always
const OFFSET_LIMIT = 0x7fff
/** Longer ones are avoided: the kernel puts more instructions in the place of some calls, and jumps over them grow. */
const SAFE_OFFSET = 0x3fff

/**
 * Gives every jump its distance, and leaves out what cannot be reached. `placed` says for each label the index of its
 * instruction, `names` what people call it.
 */
export function link(
  written: readonly Draft[],
  placed: readonly (number | undefined)[],
  names: readonly (string | undefined)[],
): BpfProgram {
  const drafts = withoutDetours(written, placed)
  const targets = placed.map((_, label) => finalTarget(drafts, placed, label))
  const kept = keptSlots(drafts, (label) => targets[label] ?? unplaced(names[label] ?? String(label)))
  const slotOf = newSlots(kept)
  const bytes = Buffer.alloc(slotOf[drafts.length] * INSTRUCTION_BYTES)
  const maps: MapReference[] = []
  for (const [index, draft] of drafts.entries()) {
    if (!kept[index]) continue
    const slot = slotOf[index]
    const target = draft.target === undefined ? undefined : targets[draft.target]
    writeInstruction(bytes, slot, target === undefined ? draft : aimed(draft, slotOf[target] - slot - 1))
    if (draft.map !== undefined) maps.push({ slot, map: draft.map })
  }
  const labels = new Map<number, string>()
  for (const [label, index] of targets.entries()) {
    const name = names[label]
    if (name !== undefined && index !== undefined && kept[index]) labels.set(slotOf[index], name)
  }
  return { bytes, maps, labels }
}

/** The condition that holds when this one does not. Of a bit test there is none. */
const INVERSES: Readonly<Record<number, number>> = Object.fromEntries(
  (
    [
      ['eq', 'ne'],
      ['gt', 'le'],
      ['ge', 'lt'],
      ['sgt', 'sle'],
      ['sge', 'slt'],
    ] as const
  ).flatMap(([one, other]) => [
    [JUMP[one], JUMP[other]],
    [JUMP[other], JUMP[one]],
  ]),
)

/** A condition that jumps over a jump becomes the opposite condition with that jump's target. */
function withoutDetours(drafts: readonly Draft[], placed: readonly (number | undefined)[]): readonly Draft[] {
  const isTarget = new Set(placed)
  return drafts.map((draft, index) => {
    const over = drafts[index + 1]
    const isDetour = draft.target !== undefined && placed[draft.target] === index + 2 && !isTarget.has(index + 1)
    const inverse = INVERSES[draft.opcode & 0xf0]
    if (!isDetour || over?.opcode !== GOTO || over.target === undefined || inverse === undefined) return draft
    // A jump without condition may be long.
    if (Math.abs((placed[over.target] ?? index) - index) > SAFE_OFFSET) return draft
    return { ...draft, opcode: (draft.opcode & 0x0f) | inverse, target: over.target, isInverted: true }
  })
}

/** Where a label leads in the end: a jump to a jump is one jump. Undefined when a label on the way has no place. */
function finalTarget(
  drafts: readonly Draft[],
  placed: readonly (number | undefined)[],
  label: number,
): number | undefined {
  let index = placed[label]
  for (let hops = 0; hops < drafts.length && index !== undefined; hops++) {
    const draft: Draft | undefined = drafts[index]
    if (draft?.opcode !== GOTO || draft.target === undefined) break
    const next: number | undefined = placed[draft.target]
    // Conditional jumps cannot follow a long one: they lead to it.
    if (next !== undefined && Math.abs(next - index) > SAFE_OFFSET) break
    index = next
  }
  return index
}

function unplaced(name: string): never {
  throw new TidegateError('ERR_INVARIANT', `a program jumps to the label ${name}, which was never placed`, {
    source: 'internal',
  })
}

/** True for every slot that can be reached and does something. */
function keptSlots(drafts: readonly Draft[], targetOf: (label: number) => number): boolean[] {
  const kept = drafts.map(() => false)
  const open = [0]
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    while (!kept[index]) {
      if (index >= drafts.length) throw runsOff()
      const { opcode, target, isInverted }: Draft = drafts[index]
      kept[index] = true
      if (opcode === LOAD_IMMEDIATE_64) kept[++index] = true
      if (target !== undefined) open.push(targetOf(target))
      if (opcode === GOTO || opcode === EXIT) break
      index += isInverted === true ? 2 : 1
    }
  }
  // From the end, so that a jump over nothing but jumps over nothing goes as well.
  let next = drafts.length
  for (let index = drafts.length - 1; index >= 0; index--) {
    if (!kept[index]) continue
    const { opcode, target } = drafts[index]
    if (opcode === GOTO && target !== undefined && targetOf(target) === next) kept[index] = false
    else next = index
  }
  return kept
}

function runsOff(): TidegateError {
  return new TidegateError('ERR_INVARIANT', 'a program runs off its end: it must exit on every path', {
    source: 'internal',
  })
}

/** For each draft the slot it gets; for one that is left out, the slot of what follows. */
function newSlots(kept: readonly boolean[]): number[] {
  const slots: number[] = []
  let slot = 0
  for (const isKept of kept) {
    slots.push(slot)
    if (isKept) slot++
  }
  slots.push(slot)
  return slots
}

function aimed(draft: Draft, distance: number): Instruction {
  if (draft.opcode === CALL) return { ...draft, immediate: distance }
  if (Math.abs(distance) <= (draft.opcode === GOTO ? SAFE_OFFSET : OFFSET_LIMIT)) return { ...draft, offset: distance }
  if (draft.opcode === GOTO) return { ...draft, opcode: LONG_GOTO, immediate: distance }
  throw new TidegateError(
    'ERR_RULE_INVALID',
    `a jump over ${Math.abs(distance)} instructions: eBPF allows ${OFFSET_LIMIT}`,
    {
      source: 'configuration',
      remedy: 'Use fewer rules in one phase, or shorter ones; move values into named lists.',
    },
  )
}
