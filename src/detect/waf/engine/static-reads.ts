import { compileMacro, type Macro, type SecAction, type SecLink, type SecRule } from '../seclang/index.ts'
import { txNamesOf } from './macro-text.ts'
import type { Targets } from './targets.ts'
import type { TxNames } from './tx-names.ts'
import { TX } from './variable-table.ts'
import { readSetVar } from './variable-effects.ts'

/** What can be said about a rule before any request: which TX slots it reads and writes, and whether that is all it does. */
export interface StaticUse {
  /** Slots that its variables and operators read; undefined: it looks at more than named TX variables. */
  readonly conditionSlots: ReadonlySet<number> | undefined
  /** Slots that the values of its settings read; undefined: they read something else. */
  readonly valueSlots: ReadonlySet<number> | undefined
  /** Slots that it may write. */
  readonly writtenSlots: ReadonlySet<number>
  /** All slots that it may read, whatever else it reads. */
  readonly readSlots: ReadonlySet<number>
  /** It does nothing but set TX variables whose names are written out. */
  readonly onlySetsTx: boolean
}

interface Uses {
  readonly condition: Set<number>
  readonly value: Set<number>
  readonly written: Set<number>
  readonly read: Set<number>
  isPure: boolean
  isValuePure: boolean
  onlySetsTx: boolean
}

/** Works out the use of a rule; `targets` are those of its links. */
export function staticUse(source: SecRule, targets: readonly (Targets | undefined)[], names: TxNames): StaticUse {
  const uses: Uses = {
    condition: new Set(),
    value: new Set(),
    written: new Set(),
    read: new Set(),
    isPure: true,
    isValuePure: true,
    onlySetsTx: true,
  }
  for (const [index, link] of source.links.entries()) {
    useTargets(targets[index], uses)
    useMacro(compileMacro(link.operator.argument), uses, 'condition', names)
    useActions(link, uses, names)
  }
  return {
    conditionSlots: uses.isPure ? uses.condition : undefined,
    valueSlots: uses.isValuePure ? uses.value : undefined,
    writtenSlots: uses.written,
    readSlots: uses.read,
    onlySetsTx: uses.onlySetsTx,
  }
}

function useTargets(targets: Targets | undefined, uses: Uses): void {
  if (targets === undefined) return
  for (const { home, slots, include } of targets.groups) {
    useSlots(slots, uses)
    // A pattern may mean names that only a request makes.
    if (home !== TX || include.some(({ key }) => key === undefined)) uses.isPure = false
  }
  for (const { home, slots, selector } of targets.counts) {
    useSlots(slots, uses)
    if (home !== TX || selector.key === undefined) uses.isPure = false
  }
}

function useSlots(slots: readonly number[], uses: Uses): void {
  for (const slot of slots) {
    uses.condition.add(slot)
    uses.read.add(slot)
  }
}

function useMacro(macro: Macro, uses: Uses, part: 'condition' | 'value', names: TxNames): void {
  const read = txNamesOf(macro)
  if (read === undefined) {
    if (part === 'condition') uses.isPure = false
    else uses.isValuePure = false
    for (const reference of macro.parts) {
      if (typeof reference !== 'string' && reference.name === 'TX' && reference.key !== undefined) {
        uses.read.add(names.slotOf(reference.key))
      }
    }
    return
  }
  for (const name of read) {
    uses[part].add(names.slotOf(name))
    uses.read.add(names.slotOf(name))
  }
}

function useActions({ actions, capture }: SecLink, uses: Uses, names: TxNames): void {
  if (capture) {
    uses.onlySetsTx = false
    for (let group = 0; group <= 9; group++) uses.written.add(group)
  }
  for (const action of actions) {
    if (action.name === 'setvar') useSetVar(action, uses, names)
    else uses.onlySetsTx = false
  }
}

function useSetVar(action: SecAction, uses: Uses, names: TxNames): void {
  const { collection, key, operation, value } = readSetVar(action)
  useMacro(value, uses, 'value', names)
  if (collection !== 'TX') {
    uses.onlySetsTx = false
    return
  }
  if (key.constant !== undefined) {
    const slot = names.slotOf(key.constant)
    uses.written.add(slot)
    if (operation === 'add' || operation === 'subtract') {
      uses.value.add(slot)
      uses.read.add(slot)
    }
    return
  }
  uses.onlySetsTx = false
  useMacro(key, uses, 'value', names)
  const [first] = key.parts
  const prefix = typeof first === 'string' ? first.toLowerCase() : ''
  for (const [slot, name] of names.names.entries()) if (name.startsWith(prefix)) uses.written.add(slot)
}
