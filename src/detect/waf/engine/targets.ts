import type { SecSelector, SecVariable } from '../seclang/index.ts'
import type { SecValue } from './sec-value.ts'
import type { TxNames } from './tx-names.ts'
import { HOMES, TX, variableId } from './variable-table.ts'

/** One `VARIABLE:selector` of a rule. */
export interface Selector {
  /** Number of the variable as written: ARGS_GET stands in the list of ARGS. */
  readonly variable: number
  /** Lower-case name; undefined for all names and for a pattern. */
  readonly key: string | undefined
  readonly pattern: ((name: string) => boolean) | undefined
}

/** What a rule reads of one list of values: any of `include`, none of `exclude`. */
export interface TargetGroup {
  /** Number of the variable that holds the list. */
  readonly home: number
  readonly include: readonly Selector[]
  readonly exclude: readonly Selector[]
  /** True when every value of the list is meant. */
  readonly isWhole: boolean
  /** Slots of TX to look at, for TX. */
  readonly slots: readonly number[]
}

/** `&VARIABLE:selector`: the number of values. */
export interface CountTarget {
  readonly home: number
  readonly selector: Selector
  readonly exclude: readonly Selector[]
  readonly slots: readonly number[]
}

export interface Targets {
  /** In the order in which the rule names them. */
  readonly groups: readonly TargetGroup[]
  readonly counts: readonly CountTarget[]
}

/** Makes a name pattern ready: takes the source of a SecLang pattern. */
export type PatternCompiler = (source: string) => (name: string) => boolean

/** Sorts the variables of a rule by the lists in which their values stand. */
export function compileTargets(variables: readonly SecVariable[], names: TxNames, compile: PatternCompiler): Targets {
  const selectors = variables.map((variable) => ({ variable, selector: selectorOf(variable, compile) }))
  const excluded = selectors.filter(({ variable }) => variable.exclude).map(({ selector }) => selector)
  const excludeOf = (home: number): Selector[] => excluded.filter((selector) => HOMES[selector.variable] === home)
  const included = selectors.filter(({ variable }) => !variable.exclude && !variable.count)
  const homes = [...new Set(included.map(({ selector }) => HOMES[selector.variable]))]
  const groups = homes.map((home): TargetGroup => {
    const include = included.filter(({ selector }) => HOMES[selector.variable] === home).map(({ selector }) => selector)
    const exclude = excludeOf(home)
    const isWhole = exclude.length === 0 && include.some((selector) => isAll(selector) && selector.variable === home)
    return { home, include, exclude, isWhole, slots: home === TX ? slotsOf(include, names) : [] }
  })
  const counts = selectors
    .filter(({ variable }) => variable.count && !variable.exclude)
    .map(({ selector }): CountTarget => {
      const home = HOMES[selector.variable]
      return { home, selector, exclude: excludeOf(home), slots: home === TX ? slotsOf([selector], names) : [] }
    })
  return { groups, counts }
}

function selectorOf({ name, selector }: SecVariable, compile: PatternCompiler): Selector {
  const variable = variableId(name)
  return { variable, key: keyOf(selector), pattern: selector.kind === 'regex' ? compile(selector.source) : undefined }
}

function keyOf(selector: SecSelector): string | undefined {
  if (selector.kind === 'key') return selector.key.toLowerCase()
  return selector.kind === 'xpath' ? selector.path : undefined
}

function isAll(selector: Selector): boolean {
  return selector.key === undefined && selector.pattern === undefined
}

/** Slots whose names are meant. Names that only a request makes are found when it asks. */
function slotsOf(include: readonly Selector[], names: TxNames): number[] {
  for (const { key } of include) if (key !== undefined) names.slotOf(key)
  return names.names.flatMap((name, slot) => (include.some((selector) => meansName(selector, name)) ? [slot] : []))
}

/** Whether a selector of a collection means a lower-case name. */
export function meansName({ key, pattern }: Selector, lowerName: string): boolean {
  if (key !== undefined) return key === lowerName
  return pattern === undefined || pattern(lowerName)
}

/** Whether a selector means a value of its list. */
export function means(selector: Selector, value: SecValue): boolean {
  if (selector.variable !== value.variable && selector.variable !== value.part) return false
  if (selector.key !== undefined) return selector.key === value.lowerName
  return selector.pattern === undefined || selector.pattern(value.name)
}

/** Whether a group means a value of its list. */
export function selects(group: TargetGroup, value: SecValue): boolean {
  if (group.isWhole) return true
  const { include, exclude } = group
  for (let at = 0; at < exclude.length; at++) if (means(exclude[at], value)) return false
  for (let at = 0; at < include.length; at++) if (means(include[at], value)) return true
  return false
}
