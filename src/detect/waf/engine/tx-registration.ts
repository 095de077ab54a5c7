import { compileMacro, type Macro, type SecItem, type SecLink } from '../seclang/index.ts'
import { TxNames } from './tx-names.ts'
import { readSetVar } from './variable-effects.ts'

/** Gives a slot to every TX name that the rules write out, so that patterns over names see them all. */
export function registerTxNames(items: readonly SecItem[]): TxNames {
  const names = new TxNames()
  for (const item of items) {
    if (item.type === 'marker') continue
    registerMacro(compileMacro(item.metadata.message), names)
    for (const link of item.links) registerLink(link, names)
  }
  return names
}

function registerLink({ variables, operator, actions }: SecLink, names: TxNames): void {
  for (const { name, selector } of variables) {
    if (name === 'TX' && selector.kind === 'key') names.slotOf(selector.key)
  }
  registerMacro(compileMacro(operator.argument), names)
  for (const action of actions) {
    if (action.name === 'setvar') {
      const { collection, key, value } = readSetVar(action)
      if (collection === 'TX' && key.constant !== undefined) names.slotOf(key.constant)
      registerMacro(value, names)
      registerMacro(key, names)
    } else {
      registerMacro(compileMacro(action.value), names)
    }
  }
}

function registerMacro(macro: Macro, names: TxNames): void {
  for (const part of macro.parts) {
    if (typeof part !== 'string' && part.name === 'TX' && part.key !== undefined) names.slotOf(part.key)
  }
}
