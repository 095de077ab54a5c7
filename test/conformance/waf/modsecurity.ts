import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileWaf, createWaf, loadSecRules, type RequestSample, type SecRule, type SecRuleSet } from '#detect'
import { requestBytes } from '#workbench'
import { printTable } from '../../../bench/table.ts'
import { crsDirectory, crsTests, debianCrsDirectory, NO_CRS } from '../../../src/detect/waf/testing/crs.ts'
import { missingModsecurity, startModsecurityNginx } from '../../modsecurity-nginx.ts'
import { readTests } from '../crs/read-tests.ts'
import { Random } from '../random.ts'
import { exchange } from '../raw-exchange.ts'
import { causeOf } from './difference-causes.ts'
import { judgeSample } from './judge-sample.ts'
import { peerSettings } from './peer-settings.ts'
import { type Variation, variations } from './variations.ts'

/** Rules that only add up what others found: they differ whenever those do. */
const SUMS = /^(?:949|959|980)/
const PARANOIA = 4
const HOST = 'shop.test'

/**
 * Sends requests that no test of CRS has to nginx with libmodsecurity and to our engine with the same rules, and prints
 * where they do not agree and why. Arguments: how many payloads (default 300), and a seed (default 1).
 */
export async function run([count = '300', seed = '1']: readonly string[]): Promise<void> {
  const folder = crsTests()
  const reason = folder === undefined ? NO_CRS : missingModsecurity()
  if (folder === undefined || reason !== undefined) {
    process.stdout.write(`skipped: ${reason}\n`)
    return
  }
  const requests = variations(readTests(folder), Number(count), new Random(Number(seed)))
  for (const crs of [debianCrsDirectory(), crsDirectory()]) {
    if (crs !== undefined && !(await compare(crs, requests))) process.exitCode = 1
  }
}

async function compare(crs: string, variants: readonly Variation[]): Promise<boolean> {
  const home = mkdtempSync(path.join(tmpdir(), 'tidegate-modsecurity-'))
  const settings = peerSettings('crs', PARANOIA)
  const waf = createWaf(compileWaf({ crs: { directory: crs }, profiles: [settings] }))
  const peer = await startModsecurityNginx({ folder: home, crs, paranoia: PARANOIA, mode: 'log' })
  try {
    const requests = variants.map(numbered)
    for (const { sample } of requests) await exchange(peer.port, requestBytes(sample, HOST, ['Connection', 'close']))
    const theirs = new Map((await peer.takeAudit()).map(({ headers, ruleIds }) => [headers[NUMBER_FIELD], ruleIds]))
    const difference = new Difference(loadSecRules({ directory: crs }))
    for (const [index, request] of requests.entries()) {
      const there = theirs.get(String(index))
      // What nginx itself refuses does not come to its rules.
      if (there === undefined) continue
      difference.add(request, judgeSample(waf, settings, request.sample).verdict.ruleIds, there.map(String))
    }
    return difference.print(crs)
  } finally {
    await peer.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** By this field a request is found again in the audit log. */
const NUMBER_FIELD = 'X-Number'

function numbered({ name, sample }: Variation, index: number): Variation {
  return { name, sample: { ...sample, headers: [...(sample.headers ?? []), NUMBER_FIELD, String(index)] } }
}

interface RuleTally {
  onlyHere: number
  onlyThere: number
  example: Variation
}

/** Where two engines do not name the same rules, by known cause, and by rule where there is none. */
class Difference {
  readonly #rules: ReadonlyMap<string, SecRule>
  readonly #causes = new Map<string, RuleTally>()
  readonly #unexplained = new Map<string, RuleTally>()
  #requests = 0
  #equal = 0

  constructor(set: SecRuleSet) {
    this.#rules = new Map(set.items.flatMap((item) => (item.type === 'rule' ? [[String(item.id), item]] : [])))
  }

  add(request: Variation, here: readonly string[], there: readonly string[]): void {
    const ours = new Set(here.filter((id) => !SUMS.test(id)))
    const theirs = new Set(there.filter((id) => !SUMS.test(id)))
    const [onlyHere, onlyThere] = [without(ours, theirs), without(theirs, ours)]
    this.#requests++
    if (onlyHere.length + onlyThere.length === 0) this.#equal++
    for (const id of onlyHere) this.#tally(id, request, false).onlyHere++
    for (const id of onlyThere) this.#tally(id, request, true).onlyThere++
  }

  #tally(id: string, example: Variation, there: boolean): RuleTally {
    const cause = causeOf({ rule: this.#rules.get(id), sample: example.sample, there })
    const [tallies, key] = cause === undefined ? [this.#unexplained, id] : [this.#causes, cause]
    const tally = tallies.get(key) ?? { onlyHere: 0, onlyThere: 0, example }
    tallies.set(key, tally)
    return tally
  }

  /** True when every difference has a known cause. */
  print(crs: string): boolean {
    const share = ((100 * this.#equal) / Math.max(1, this.#requests)).toFixed(1)
    const title = `${crs}, paranoia ${PARANOIA}: the same rules for ${this.#equal} of ${this.#requests} requests (${share} %)`
    printTable(
      title,
      ['only here', 'only libmodsecurity', 'cause'],
      rowsOf(this.#causes, (cause) => cause),
    )
    if (this.#unexplained.size === 0) return true
    const rows = rowsOf(this.#unexplained, (id, { example }) => `${id} ${example.name}: ${shown(example.sample)}`)
    printTable('Without a known cause', ['only here', 'only libmodsecurity', 'rule, and an example'], rows)
    return false
  }
}

function rowsOf(
  tallies: ReadonlyMap<string, RuleTally>,
  describe: (key: string, tally: RuleTally) => string,
): (string | number)[][] {
  return [...tallies]
    .sort(([, one], [, other]) => other.onlyHere + other.onlyThere - one.onlyHere - one.onlyThere)
    .map(([key, tally]) => [tally.onlyHere, tally.onlyThere, describe(key, tally)])
}

function without(ids: ReadonlySet<string>, others: ReadonlySet<string>): string[] {
  return [...ids].filter((id) => !others.has(id))
}

const SHOWN_BYTES = 160

function shown({ target, headers, body }: RequestSample): string {
  const parts = [target, ...(headers ?? []), body].filter((part) => part !== undefined)
  return JSON.stringify(parts.join(' ')).slice(0, SHOWN_BYTES)
}
