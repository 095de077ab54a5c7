import { compileMacro, type Macro } from './macro.ts'

/** What `setvar:` does: `tx.score=+%{tx.critical}` adds, `!tx.score` removes. */
export interface SetVar {
  /** Upper-case name of the collection. */
  readonly collection: string
  /** Name within the collection; may hold references. */
  readonly key: Macro
  readonly operation: 'set' | 'add' | 'subtract' | 'remove'
  readonly value: Macro
}

const SET_VAR = /^(!?)([A-Za-z]+)[.:]([^=]+?)(?:=([+-]?)([^]*))?$/

/** Reads the value of a `setvar` action; undefined when it is not of the form `collection.name=value`. */
export function parseSetVar(text: string): SetVar | undefined {
  const match = SET_VAR.exec(text.trim())
  if (match === null) return undefined
  const [, removal, collection, key, sign, value] = match
  // Without a value the variable is set to 1.
  const operation = removal === '!' ? 'remove' : sign === '+' ? 'add' : sign === '-' ? 'subtract' : 'set'
  if (operation === 'remove' && value !== undefined) return undefined
  return {
    collection: collection.toUpperCase(),
    key: compileMacro(key.trim()),
    operation,
    value: compileMacro(value ?? '1'),
  }
}
