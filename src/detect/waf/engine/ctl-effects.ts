import type { BodyProcessor } from '../body-contents.ts'
import { parseIdRanges } from '../seclang/id-ranges.ts'
import type { SecAction } from '../seclang/index.ts'
import type { Effect } from './engine-rule.ts'
import { macroText, type MacroText } from './macro-text.ts'
import type { RuleChoice } from './removals.ts'
import type { Selector } from './targets.ts'
import type { Transaction } from './transaction.ts'
import type { TxNames } from './tx-names.ts'

/** Reads the target of a removal, such as `ARGS:comment`, which an action writes as a rule does. */
export type TargetReader = (target: string) => Selector

type CtlMaker = (value: string, names: TxNames, readTarget: TargetReader) => Effect

const NOTHING: CtlMaker = () => () => {}

/** Options of `ctl` by lower-case name. Those for logs and limits mean nothing here: events and settings decide. */
const MAKERS: Readonly<Record<string, CtlMaker>> = {
  auditengine: NOTHING,
  auditlogparts: NOTHING,
  debugloglevel: NOTHING,
  parsexmlintoargs: NOTHING,
  requestbodylimit: NOTHING,
  responsebodylimit: NOTHING,
  forcerequestbodyvariable: (value) => {
    const isOn = value.toLowerCase() === 'on'
    return (transaction) => {
      transaction.isBodyForced = isOn
    }
  },
  requestbodyprocessor: (value) => (transaction) => {
    transaction.bodyProcessor = value.toUpperCase() as BodyProcessor
  },
  requestbodyaccess: (value) => (transaction) => {
    transaction.readsRequestBody = value.toLowerCase() === 'on'
  },
  responsebodyaccess: (value) => (transaction) => {
    transaction.readsResponseBody = value.toLowerCase() === 'on'
  },
  ruleengine: (value) => {
    const mode = value.toLowerCase()
    return (transaction) => {
      transaction.engineMode = mode === 'off' ? 'off' : mode === 'on' ? 'on' : 'detection-only'
    }
  },
  ruleremovebyid: (value, names) => ruleRemoval(value, names, byId),
  ruleremovebytag: (value, names) => ruleRemoval(value, names, byTag),
  ruleremovebymsg: (value, names) => ruleRemoval(value, names, byMessage),
  ruleremovetargetbyid: (value, names, readTarget) => targetRemoval(value, names, readTarget, byId),
  ruleremovetargetbytag: (value, names, readTarget) => targetRemoval(value, names, readTarget, byTag),
  ruleremovetargetbymsg: (value, names, readTarget) => targetRemoval(value, names, readTarget, byMessage),
}

/** `ctl:option=value`: changes how the rest of the request is judged. */
export function ctlEffect(action: SecAction, names: TxNames, readTarget: TargetReader): Effect {
  const equals = action.value.indexOf('=')
  const option = action.value.slice(0, equals).trim().toLowerCase()
  return (MAKERS[option] ?? NOTHING)(action.value.slice(equals + 1).trim(), names, readTarget)
}

function byId(text: string): RuleChoice {
  return { by: 'id', ranges: parseIdRanges(text) ?? [] }
}

function byTag(text: string): RuleChoice {
  return { by: 'tag', tag: text }
}

function byMessage(text: string): RuleChoice {
  return { by: 'message', message: text }
}

/** What may hold references is read again for each request, the rest once. */
function choiceReader(text: MacroText, choice: (text: string) => RuleChoice): (transaction: Transaction) => RuleChoice {
  if (text.constant === undefined) return (transaction) => choice(text.read(transaction))
  const constant = choice(text.constant)
  return () => constant
}

function ruleRemoval(value: string, names: TxNames, choice: (text: string) => RuleChoice): Effect {
  const read = choiceReader(macroText(value, names), choice)
  return (transaction) => transaction.removalsForWriting().removeRules(read(transaction))
}

function targetRemoval(
  value: string,
  names: TxNames,
  readTarget: TargetReader,
  choice: (text: string) => RuleChoice,
): Effect {
  const semicolon = value.indexOf(';')
  const read = choiceReader(macroText(value.slice(0, semicolon), names), choice)
  const target = readTarget(value.slice(semicolon + 1).trim())
  return (transaction) => transaction.removalsForWriting().removeTarget(read(transaction), target)
}
