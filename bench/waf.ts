import { compileWaf, createWaf, type Waf, WAF_CLASSES, type WafRuleSet, type WafSettings } from '#detect'
import { crsDirectory, debianCrsDirectory, NO_CRS } from '../src/detect/waf/testing/crs.ts'
import { median, printTable } from './table.ts'
import { measureProxy } from './waf-proxy.ts'
import { form, json, type MeasuredRequest, type RequestMaker, smallGet } from './waf-requests.ts'

const KINDS: readonly { readonly name: string; readonly make: RequestMaker; readonly goalMicros: number }[] = [
  { name: 'small GET', make: smallGet, goalMicros: 60 },
  { name: '0.9 KB form', make: form, goalMicros: 300 },
  { name: '10 KB JSON', make: json, goalMicros: 1200 },
]

const ROUNDS = 7
/** CPU time of one round: long enough for the clock, short enough for a shared machine. */
const ROUND_MS = 300

function settings(ruleSets: readonly WafRuleSet[], paranoia: number): WafSettings {
  return {
    mode: 'block',
    ruleSets,
    paranoia,
    inboundThreshold: 5,
    outboundThreshold: 4,
    sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
    bodyLimitBytes: 1024 * 1024,
    responseBodyLimitBytes: 0,
    budgetMs: 1000,
    onBudget: 'closed',
  }
}

function judge(waf: Waf, { request, body }: MeasuredRequest, wanted: WafSettings): number {
  const inspection = waf.inspect(request, wanted, [])
  inspection.head()
  inspection.body({ bytes: body, complete: true, totalBytes: body.length })
  inspection.finish()
  return inspection.verdict.score
}

/** CPU microseconds of one judgement, the median of some rounds. Requests are made before the clock starts. */
function measure(waf: Waf, make: RequestMaker, wanted: WafSettings): { micros: number; least: number } {
  let n = 0
  const round = (calls: number): number => {
    const requests = Array.from({ length: calls }, () => make(n++))
    const before = process.cpuUsage()
    for (const request of requests) judge(waf, request, wanted)
    const { user, system } = process.cpuUsage(before)
    return (user + system) / calls
  }
  for (let warm = 0; warm < 10; warm++) round(40)
  const calls = Math.max(50, Math.min(4000, Math.round((ROUND_MS * 1000) / round(200))))
  const micros = Array.from({ length: ROUNDS }, () => round(calls))
  return { micros: median(micros), least: Math.min(...micros) }
}

interface Variant {
  readonly name: string
  readonly directory: string | undefined
  readonly ruleSets: readonly WafRuleSet[]
  readonly paranoia: number
}

/**
 * What the WAF costs a request, by rule set and paranoia level, in this process; then whole proxied requests beside nginx with
 * libmodsecurity. Arguments: parts of the names of variants, `whole` for the second half; nothing for all.
 */
export async function run(args: readonly string[]): Promise<void> {
  const variants = args.filter((name) => name !== WHOLE)
  if (args.length === 0 || variants.length > 0) measureInProcess(variants)
  if (args.length === 0 || args.includes(WHOLE)) await measureProxy()
}

const WHOLE = 'whole'

function measureInProcess(chosen: readonly string[]): void {
  const crs4 = crsDirectory()
  const crs3 = debianCrsDirectory()
  if (crs4 === undefined) process.stdout.write(`skipped CRS 4: ${NO_CRS}\n`)
  const variants: Variant[] = [
    { name: 'our own rules', directory: undefined, ruleSets: ['tidegate'], paranoia: 1 },
    ...(crs4 === undefined ? [] : crsVariants('CRS 4', crs4)),
    ...(crs3 === undefined
      ? []
      : crsVariants('CRS 3 (Debian)', crs3).filter(
          ({ paranoia, ruleSets }) => paranoia !== 2 && ruleSets.length === 1,
        )),
  ]
  const rows = variants
    .filter(({ name }) => chosen.length === 0 || chosen.some((wanted) => name.includes(wanted)))
    .flatMap((variant) => {
      const wanted = settings(variant.ruleSets, variant.paranoia)
      const crs = variant.directory === undefined ? undefined : { directory: variant.directory }
      const waf = createWaf(compileWaf({ ...(crs === undefined ? {} : { crs }), profiles: [wanted] }))
      return KINDS.map(({ name, make, goalMicros }) => {
        const { micros, least } = measure(waf, make, wanted)
        const isGoal = variant.ruleSets.includes('crs') && variant.paranoia === 1
        return [variant.name, name, least.toFixed(0), micros.toFixed(0), isGoal ? goalMicros : '']
      })
    })
  printTable('WAF: CPU µs a request', ['rules', 'request', 'least', 'median', 'goal'], rows)
}

function crsVariants(name: string, directory: string): Variant[] {
  return [
    { name: `${name}, paranoia 1`, directory, ruleSets: ['crs'], paranoia: 1 },
    { name: `${name}, paranoia 1, and our own`, directory, ruleSets: ['crs', 'tidegate'], paranoia: 1 },
    { name: `${name}, paranoia 2`, directory, ruleSets: ['crs'], paranoia: 2 },
    { name: `${name}, paranoia 4`, directory, ruleSets: ['crs'], paranoia: 4 },
  ]
}
