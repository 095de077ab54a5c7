import assert from 'node:assert/strict'
import type { Phase } from '#decide'
import { FIELD_BY_NAME, type FieldValue, type Readers } from '#fields'
import { parseOperand } from '#rules'
import type { Action } from '../action.ts'
import type { Built, ParseText } from '../definition.ts'
import { compileAction, type Effect } from '../effect.ts'
import { parseAction } from '../parse-action.ts'

/** The request of a test: values by field name. */
export type Row = Readonly<Record<string, FieldValue>>

const READERS: Readers<Row> = {
  read: Object.fromEntries([...FIELD_BY_NAME.keys()].map((name) => [name, (row: Row) => row[name]])),
}

const parseText: ParseText = (source) => {
  const parsed = parseOperand(source, 'String', { fields: FIELD_BY_NAME })
  return parsed.ok ? parsed : { ok: false, message: parsed.error.message }
}

/** Reads an action as a policy file would hold it. */
export function read(value: unknown, phase: Phase): Built<Action> {
  return parseAction(value, phase, parseText)
}

type EffectOf<Type extends Action['type']> = Extract<Effect<Row>, { readonly type: Type }>

/** The compiled effect of an action that must be fine, and of that type. */
export function effectOf<Type extends Action['type']>(type: Type, parameters: unknown, phase: Phase): EffectOf<Type> {
  const built = read({ [type]: parameters }, phase)
  assert.ok(built.ok, built.ok ? '' : built.message)
  const effect = compileAction(built.action, { readers: READERS, lists: new Map() })
  assert.ok(isOfType(effect, type))
  return effect
}

function isOfType<Type extends Action['type']>(effect: Effect<Row>, type: Type): effect is EffectOf<Type> {
  return effect.type === type
}
