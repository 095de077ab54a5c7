import { compileMacro, type Macro, type MacroReference } from '../seclang/index.ts'
import type { Transaction } from './transaction.ts'
import type { TxNames } from './tx-names.ts'
import { TX, VARIABLE_ID } from './variable-table.ts'

/** A text of a rule whose `%{...}` references are replaced when it is read. */
export interface MacroText {
  readonly macro: Macro
  /** The text when it holds no reference. */
  readonly constant: string | undefined
  readonly read: (transaction: Transaction) => string
}

export function macroText(text: string, names: TxNames): MacroText {
  return bindMacro(compileMacro(text), names)
}

export function bindMacro(macro: Macro, names: TxNames): MacroText {
  const { constant } = macro
  if (constant !== undefined) return { macro, constant, read: () => constant }
  const readers = macro.parts.map((part) => (typeof part === 'string' ? () => part : referenceReader(part, names)))
  if (readers.length === 1) return { macro, constant, read: readers[0] }
  return {
    macro,
    constant,
    read: (transaction) => {
      let text = ''
      for (const reader of readers) text += reader(transaction)
      return text
    },
  }
}

function referenceReader({ name, key }: MacroReference, names: TxNames): (transaction: Transaction) => string {
  const id = VARIABLE_ID.get(name)
  if (id === undefined) return () => ''
  if (id === TX && key !== undefined) {
    const slot = names.slotOf(key)
    return ({ tx }) => {
      const value = tx.slots[slot]
      return value === undefined ? '' : String(value)
    }
  }
  if (key === undefined) return (transaction) => transaction.valuesOf(id)[0]?.text ?? ''
  return (transaction) => transaction.valuesOf(id).find((value) => value.lowerName === key)?.text ?? ''
}

/** Lower-case TX names that a macro reads, or undefined when it reads anything else. */
export function txNamesOf(macro: Macro): string[] | undefined {
  const names: string[] = []
  for (const part of macro.parts) {
    if (typeof part === 'string') continue
    if (part.name !== 'TX' || part.key === undefined) return undefined
    names.push(part.key)
  }
  return names
}
