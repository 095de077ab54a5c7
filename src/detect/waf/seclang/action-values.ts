import { TRANSFORMATIONS } from '../transformations/index.ts'
import { didYouMean } from './problems.ts'
import { parseSetVar } from './set-var.ts'

/** Severities by their number. */
const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'] as const

/** Names of phases that are written instead of their numbers. */
const PHASES: Readonly<Record<string, 1 | 2 | 3 | 4 | 5>> = {
  '1': 1,
  '2': 2,
  '3': 3,
  '4': 4,
  '5': 5,
  request: 2,
  response: 4,
  logging: 5,
}

/** The phase of a `phase:` value; undefined for what is none. */
export function phaseOf(value: string): 1 | 2 | 3 | 4 | 5 | undefined {
  return Object.hasOwn(PHASES, value.toLowerCase()) ? PHASES[value.toLowerCase()] : undefined
}

/** The upper-case name of a severity that is written as name or number; undefined for what is none. */
export function severityOf(value: string): string | undefined {
  const upper = value.toUpperCase()
  return SEVERITIES.find((name, number) => name === upper || String(number) === value)
}

/** Collections that keep their values from one request to the next. */
const PERSISTENT_COLLECTIONS: ReadonlySet<string> = new Set(['GLOBAL', 'IP', 'RESOURCE', 'SESSION', 'USER'])

/** Collections that a rule may write. */
const WRITABLE_COLLECTIONS: ReadonlySet<string> = new Set([...PERSISTENT_COLLECTIONS, 'TX'])

const ID_LIMIT = 2 ** 53

const isId = (value: string): boolean => /^[0-9]{1,16}$/.test(value) && Number(value) > 0 && Number(value) < ID_LIMIT

/** Why the value of an action cannot be used, by the action's name; undefined when it can. */
const FAULTS: Readonly<Record<string, (value: string) => string | undefined>> = {
  id: (value) => (isId(value) ? undefined : `expected a number above 0 as id, found ${value}`),
  phase: (value) =>
    phaseOf(value) === undefined ? `expected phase 1 to 5, request, response or logging, found ${value}` : undefined,
  severity: (value) =>
    severityOf(value) === undefined ? `expected 0 to 7 or one of ${SEVERITIES.join(', ')}, found ${value}` : undefined,
  status: (value) => (/^[1-5][0-9]{2}$/.test(value) ? undefined : `expected a status of 100 to 599, found ${value}`),
  skip: (value) => (/^[0-9]{1,6}$/.test(value) ? undefined : `expected how many rules to skip, found ${value}`),
  allow: (value) =>
    /^(?:phase|request)$/i.test(value) ? undefined : `expected allow, allow:phase or allow:request, found ${value}`,
  t: transformationFault,
  setvar: setVarFault,
  expirevar: expireVarFault,
  initcol: initcolFault,
  setenv: (value) => (/^!?[^=\s]+(?:=|$)/.test(value) ? undefined : `expected setenv:name=value, found ${value}`),
}

/** What is wrong with the value of an action; undefined when it can be used. */
export function actionValueFault(name: string, value: string): string | undefined {
  return Object.hasOwn(FAULTS, name) ? FAULTS[name](value) : undefined
}

function transformationFault(value: string): string | undefined {
  const known = Object.hasOwn(TRANSFORMATIONS, value.toLowerCase())
  if (known) return undefined
  const names = Object.values(TRANSFORMATIONS).map(({ name }) => name)
  return `unknown transformation ${value}${didYouMean(value, names)}`
}

function setVarFault(value: string): string | undefined {
  const setVar = parseSetVar(value)
  if (setVar === undefined) return `expected setvar:tx.name=value, found ${value}`
  return writableFault(setVar.collection)
}

function expireVarFault(value: string): string | undefined {
  const match = /^([A-Za-z]+)[.:][^=]+=./.exec(value)
  return match === null ? `expected expirevar:ip.name=seconds, found ${value}` : writableFault(match[1].toUpperCase())
}

function initcolFault(value: string): string | undefined {
  const match = /^([A-Za-z]+)=./.exec(value)
  if (match === null) return `expected initcol:ip=key, found ${value}`
  if (PERSISTENT_COLLECTIONS.has(match[1].toUpperCase())) return undefined
  return `${match[1]} is no collection that is kept: expected ${[...PERSISTENT_COLLECTIONS].join(', ').toLowerCase()}`
}

function writableFault(collection: string): string | undefined {
  if (WRITABLE_COLLECTIONS.has(collection)) return undefined
  const near = didYouMean(collection, WRITABLE_COLLECTIONS)
  return `${collection} cannot be written: expected ${[...WRITABLE_COLLECTIONS].join(', ')}${near}`
}
