import type { SecAction } from '../seclang/index.ts'
import { parseSetVar, type SetVar } from '../seclang/index.ts'
import { TidegateError } from '#kernel'
import type { Effect } from './engine-rule.ts'
import { bindMacro, macroText, type MacroText } from './macro-text.ts'
import type { Transaction } from './transaction.ts'
import { secNumber, type TxNames, type TxValue } from './tx-names.ts'

/** Reads a `setvar`; the reader has refused those that are not well formed. */
export function readSetVar(action: SecAction): SetVar {
  const parsed = parseSetVar(action.value)
  if (parsed !== undefined) return parsed
  throw new TidegateError('ERR_INVARIANT', `setvar:${action.value} was not refused`, { source: 'internal' })
}

/** `setvar`: sets, adds to or removes a variable. */
export function setVarEffect(action: SecAction, names: TxNames): Effect {
  const setVar = readSetVar(action)
  const value = bindMacro(setVar.value, names)
  if (setVar.collection !== 'TX') return persistentEffect(setVar, bindMacro(setVar.key, names), value)
  const { constant } = setVar.key
  return constant === undefined
    ? namedTxEffect(setVar, bindMacro(setVar.key, names), value)
    : slotEffect(setVar, names.slotOf(constant), scoreKind(constant), value)
}

/** Which sum a variable is part of: the anomaly scores of CRS, by its naming of them in all versions. */
type ScoreKind = 'level' | 'total' | undefined

const LEVEL_SCORE = /^(?:inbound_|outbound_)?anomaly_score_pl\d$/i
const TOTAL_SCORE = /^(?:inbound_|outbound_)?anomaly_score$/i

function scoreKind(name: string): ScoreKind {
  return LEVEL_SCORE.test(name) ? 'level' : TOTAL_SCORE.test(name) ? 'total' : undefined
}

function slotEffect({ operation }: SetVar, slot: number, kind: ScoreKind, value: MacroText): Effect {
  const { constant } = value
  switch (operation) {
    case 'remove':
      return ({ tx }) => {
        tx.slots[slot] = undefined
      }
    case 'set':
      return constant === undefined
        ? (transaction) => {
            transaction.tx.slots[slot] = value.read(transaction)
          }
        : ({ tx }) => {
            tx.slots[slot] = constant
          }
    default: {
      const sign = operation === 'add' ? 1 : -1
      return (transaction) => {
        const { slots } = transaction.tx
        const change = sign * secNumber(value.read(transaction))
        slots[slot] = secNumber(slots[slot]) + change
        if (kind !== undefined) transaction.addScore(kind, change)
      }
    }
  }
}

function namedTxEffect({ operation }: SetVar, name: MacroText, value: MacroText): Effect {
  if (operation === 'set') {
    return (transaction) => transaction.tx.set(name.read(transaction).toLowerCase(), value.read(transaction))
  }
  return (transaction) => {
    const key = name.read(transaction).toLowerCase()
    transaction.tx.set(key, changed(operation, transaction.tx.get(key), value, transaction))
  }
}

function changed(operation: SetVar['operation'], old: TxValue, value: MacroText, transaction: Transaction): TxValue {
  switch (operation) {
    case 'remove':
      return undefined
    case 'set':
      return value.read(transaction)
    case 'add':
      return secNumber(old) + secNumber(value.read(transaction))
    case 'subtract':
      return secNumber(old) - secNumber(value.read(transaction))
  }
}

/** A variable of a collection that outlives the request; nothing happens before the collection was chosen by `initcol`. */
function persistentEffect({ collection, operation }: SetVar, name: MacroText, value: MacroText): Effect {
  return (transaction) => {
    const key = transaction.persistentKeys.get(collection)
    if (key === undefined) return
    const { persistent } = transaction
    const entry = name.read(transaction).toLowerCase()
    persistent.set(
      collection,
      key,
      entry,
      changed(operation, persistent.get(collection, key, entry), value, transaction),
    )
  }
}

/** `expirevar:ip.blocked=60`: the variable is gone after so many seconds. */
export function expireEffect(action: SecAction, names: TxNames): Effect {
  const { collection, key: name, value } = readSetVar(action)
  const nameText = bindMacro(name, names)
  const seconds = bindMacro(value, names)
  return (transaction) => {
    const key = transaction.persistentKeys.get(collection)
    if (key === undefined) return
    const entry = nameText.read(transaction).toLowerCase()
    transaction.persistent.expire(collection, key, entry, secNumber(seconds.read(transaction)) * 1000)
  }
}

/** `initcol:ip=%{remote_addr}`, and `setsid`, `setuid`, `setrsc`, which name the collection themselves. */
export function initEffect(collection: string, key: string, names: TxNames): Effect {
  const text = macroText(key, names)
  return (transaction) => {
    transaction.persistentKeys.set(collection, text.read(transaction))
  }
}

/** `setenv:name=value`: a variable that later rules can read as ENV:name. */
export function environmentEffect(action: SecAction, names: TxNames): Effect {
  const equals = action.value.indexOf('=')
  const isRemoval = action.value.startsWith('!')
  const name = macroText(
    isRemoval ? action.value.slice(1) : equals < 0 ? action.value : action.value.slice(0, equals),
    names,
  )
  const value = macroText(equals < 0 ? '1' : action.value.slice(equals + 1), names)
  return (transaction) => {
    if (isRemoval) transaction.environment.delete(name.read(transaction))
    else transaction.environment.set(name.read(transaction), value.read(transaction))
  }
}
