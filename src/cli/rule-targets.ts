import { buildLists, type ListData } from '#decide'
import { TidegateError } from '#kernel'
import {
  asAddressLists,
  type BpfListMaps,
  checkBpf,
  checkNft,
  compileBpf,
  compileDisplayFilter,
  compileNft,
  compileSql,
  type Expression,
  fieldsOf,
  generatePredicateSource,
  printExpression,
  renderRuleError,
  splitForKernel,
  type TargetRefusal,
} from '#rules'
import { fieldSql, kindsRecording } from '#store'
import { type AddressRanges, disassemble } from '#wire'
import type { CompileTarget } from './compile-targets.ts'
import { ROW_READERS } from './rows/row.ts'

/** An expression as another program reads it. */
export interface CompiledRule {
  readonly text: string
  /** Values to bind to $1, $2 and so on; absent where the target has none. */
  readonly parameters?: readonly string[]
}

type Compile = (
  expression: Expression,
  lists: readonly ListData[],
) => ({ readonly ok: true } & CompiledRule) | TargetRefusal

const TARGETS: Readonly<Record<CompileTarget, Compile>> = {
  js: (expression, lists) => ({
    ok: true,
    text: generatePredicateSource(expression, { readers: ROW_READERS, lists: buildLists(lists) }),
  }),
  duckdb: (expression, lists) => {
    const [kind = 'http'] = kindsRecording(fieldsOf(expression))
    return compileSql(expression, {
      dialect: 'duckdb',
      column: (name) => fieldSql(name, kind),
      lists: new Map(lists.map((list) => [list.name, list])),
    })
  },
  'display-filter': (expression) => compileDisplayFilter(expression),
  bpf: (expression, lists) => {
    const made = [...asAddressLists(expression).conditions.keys()].map((name) => ({ name, type: 'IP' }) as const)
    const compiled = compileBpf(expression, new Map([...lists, ...made].map(bpfMaps)))
    return compiled.ok ? { ok: true, text: disassemble(compiled.program) } : compiled
  },
  nft: (expression, lists) => compileNft(expression, EXAMPLE_DEVICE, new Map(lists.flatMap(addressesOf))),
}

/** What reads scripts of nftables replaces it by the name of an interface. */
const EXAMPLE_DEVICE = 'eth0'

/** Maps of the kernel that a list becomes. */
function bpfMaps({
  name,
  type,
}: Pick<ListData, 'name' | 'type'>): [string, BpfListMaps extends ReadonlyMap<string, infer Maps> ? Maps : never] {
  if (type === 'Int') return [name, { integers: name }]
  return [
    name,
    {
      ipv4Addresses: `${name}-ipv4-addresses`,
      ipv4Prefixes: `${name}-ipv4-prefixes`,
      ipv6Addresses: `${name}-ipv6-addresses`,
      ipv6Prefixes: `${name}-ipv6-prefixes`,
    },
  ]
}

function addressesOf(list: ListData): [string, AddressRanges][] {
  return list.type === 'IP' ? [[list.name, list.ranges]] : []
}

/** Targets that may take a part of a rule, and leave the rest to user space. */
const PARTIAL: Readonly<Partial<Record<CompileTarget, (expression: Expression) => TargetRefusal | undefined>>> = {
  bpf: checkBpf,
  nft: checkNft,
}

/** The part of a refused rule that the target can ask first. */
function splitHint(target: CompileTarget, expression: Expression): string {
  const check = PARTIAL[target]
  const split = check === undefined ? undefined : splitForKernel(expression, check)
  if (split === undefined) return ''
  return `\nthe kernel can ask \`${printExpression(split.kernel)}\` first, and user space the rest`
}

/** @throws TidegateError ERR_RULE_INVALID with carets below what the target cannot say; `source` is the text that was parsed */
export function compileFor(
  target: CompileTarget,
  expression: Expression,
  source: string,
  lists: readonly ListData[],
): CompiledRule {
  const result = TARGETS[target](expression, lists)
  if (result.ok) return result
  throw new TidegateError('ERR_RULE_INVALID', renderRefusal(target, result, source) + splitHint(target, expression), {
    source: 'client',
  })
}

function renderRefusal(target: CompileTarget, { reason, span }: TargetRefusal, source: string): string {
  const before = source.slice(0, span.start).split('\n')
  const error = {
    code: 'not-readable',
    message: `not possible in ${target}: ${reason}`,
    line: before.length,
    column: before[before.length - 1].length + 1,
    length: Math.max(1, span.end - span.start),
  } as const
  return renderRuleError(error, source)
}
