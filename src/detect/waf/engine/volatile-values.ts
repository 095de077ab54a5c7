import { wallClockMicros, VERSION } from '#kernel'
import { TX, variableId } from './variable-table.ts'
import { SecValue } from './sec-value.ts'
import type { Transaction } from './transaction.ts'
import { single, type ValueReaders } from './value-list.ts'

/** Variables that change while rules run. */
export const VOLATILE_VALUES: ValueReaders = {
  TX: ({ tx }) => [...tx.all()].map(([name, value]) => new SecValue(TX, TX, name, String(value))),
  // What matched keeps the name of the variable in which it stood, so that a chain's last link still tells the parameter.
  MATCHED_VAR: ({ matched }) => (matched === undefined ? [] : [matched]),
  ...single('MATCHED_VAR_NAME', ({ matched }) => matched?.fullName),
  // A copy: what matches while the list is looked at is added to it.
  MATCHED_VARS: ({ matchedInChain }) => matchedInChain.slice(),
  MATCHED_VARS_NAMES: ({ matchedInChain }) =>
    matchedInChain.map((value) => new SecValue(MATCHED_VARS_NAMES, MATCHED_VARS_NAMES, value.fullName, value.fullName)),
  RULE: ({ rule }) =>
    rule === undefined ? [] : rule.properties.map(([name, text]) => new SecValue(RULE, RULE, name, text)),
  ...persistent('IP'),
  ...persistent('GLOBAL'),
  ...persistent('SESSION'),
  ...persistent('USER'),
  ...persistent('RESOURCE'),
  ...single('SESSIONID', ({ persistentKeys }) => persistentKeys.get('SESSION')),
  ...single('USERID', ({ persistentKeys }) => persistentKeys.get('USER')),
  ...single('WEBAPPID', ({ webAppId }) => webAppId),
  // Tidegate's own address data answers in the rules language; rules that ask SecLang for it find nothing.
  GEO: () => [],
  ENV: ({ environment }) => [...environment].map(([name, text]) => new SecValue(ENV, ENV, name, text)),
  ...single('HIGHEST_SEVERITY', ({ highestSeverity }) => highestSeverity),
  ...single('DURATION', ({ parts }) => Math.max(0, Math.round(nowMs() - parts.request.receivedMs))),
  ...clock('TIME', (time) => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`),
  ...clock('TIME_DAY', (time) => time.getDate()),
  ...clock('TIME_EPOCH', (time) => Math.floor(time.getTime() / 1000)),
  ...clock('TIME_HOUR', (time) => time.getHours()),
  ...clock('TIME_MIN', (time) => time.getMinutes()),
  ...clock('TIME_MON', (time) => time.getMonth()),
  ...clock('TIME_SEC', (time) => time.getSeconds()),
  ...clock('TIME_WDAY', (time) => time.getDay()),
  ...clock('TIME_YEAR', (time) => time.getFullYear()),
  ...single('MODSEC_BUILD', () => VERSION),
  // Patterns are bounded by other means than PCRE's limits, which are never hit.
  ...single('MSC_PCRE_ERROR', () => '0'),
  ...single('MSC_PCRE_LIMITS_EXCEEDED', () => '0'),
}

const MATCHED_VARS_NAMES = variableId('MATCHED_VARS_NAMES')
const RULE = variableId('RULE')
const ENV = variableId('ENV')

function persistent(name: string): ValueReaders {
  const id = variableId(name)
  return {
    [name]: ({ persistentKeys, persistent: store }: Transaction) => {
      const key = persistentKeys.get(name)
      if (key === undefined) return []
      return [...store.entries(name, key)].map(([entry, value]) => new SecValue(id, id, entry, String(value)))
    },
  }
}

function clock(name: string, read: (time: Date) => string | number): ValueReaders {
  return single(name, () => read(new Date(nowMs())))
}

function nowMs(): number {
  return wallClockMicros() / 1000
}

function two(number: number): string {
  return String(number).padStart(2, '0')
}
