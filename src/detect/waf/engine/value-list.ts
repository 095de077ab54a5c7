import { HOMES, variableId } from './variable-table.ts'
import { SecValue } from './sec-value.ts'
import type { Transaction } from './transaction.ts'

/** Reads the values of one variable. */
export type ValueReader = (transaction: Transaction) => SecValue[]

/** Readers by the name of the variable. */
export type ValueReaders = Readonly<Record<string, ValueReader>>

/** A value that is longer is looked at in pieces, so that no pattern runs over more than this at once. */
const PIECE_BYTES = 64 * 1024

/** What two neighbouring pieces have in common: what lies across a cut is whole in one of them. */
const OVERLAP_BYTES = 1024

/** Adds a value, in overlapping pieces when it is long. */
export function addValue(list: SecValue[], variable: number, part: number, name: string, text: string): void {
  if (text.length <= PIECE_BYTES) {
    list.push(new SecValue(variable, part, name, text))
    return
  }
  for (let at = 0; ; at += PIECE_BYTES - OVERLAP_BYTES) {
    list.push(new SecValue(variable, part, name, text.slice(at, at + PIECE_BYTES), at))
    if (at + PIECE_BYTES >= text.length) return
  }
}

/** A reader of a variable that holds one text; undefined: the variable has no value. */
export function single(name: string, read: (transaction: Transaction) => string | number | undefined): ValueReaders {
  const id = variableId(name)
  return {
    [name]: (transaction) => {
      const list: SecValue[] = []
      const text = read(transaction)
      if (text !== undefined) addValue(list, id, id, '', typeof text === 'number' ? String(text) : text)
      return list
    },
  }
}

/** A reader of a collection from a flat list of names and values. */
export function collection(name: string, read: (transaction: Transaction) => readonly string[]): ValueReaders {
  const id = variableId(name)
  return {
    [name]: (transaction) => {
      const list: SecValue[] = []
      addPairs(list, id, read(transaction))
      return list
    },
  }
}

/** A reader of the names of a flat list of names and values. */
export function namesOf(name: string, read: (transaction: Transaction) => readonly string[]): ValueReaders {
  const id = variableId(name)
  return {
    [name]: (transaction) => {
      const list: SecValue[] = []
      addNames(list, id, read(transaction))
      return list
    },
  }
}

/** Adds the values of a flat list of pairs; `part` is the variable they stand in, its home gets them. */
export function addPairs(list: SecValue[], part: number, pairs: readonly string[]): void {
  for (let at = 0; at < pairs.length; at += 2) addValue(list, HOMES[part], part, pairs[at], pairs[at + 1])
}

/** The same for the names alone. */
export function addNames(list: SecValue[], part: number, pairs: readonly string[]): void {
  for (let at = 0; at < pairs.length; at += 2) addValue(list, HOMES[part], part, pairs[at], pairs[at])
}
