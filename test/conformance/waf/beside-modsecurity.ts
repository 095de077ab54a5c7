import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { compileWaf, createWaf, type WafRuleSet } from '#detect'
import { benignCorpus, type CorpusKind, type CorpusRequest, requestBytes } from '#workbench'
import { printTable } from '../../../bench/table.ts'
import { crsDirectory, debianCrsDirectory, NO_CRS } from '../../../src/detect/waf/testing/crs.ts'
import { missingModsecurity, startModsecurityNginx } from '../../modsecurity-nginx.ts'
import { exchange } from '../raw-exchange.ts'
import { judgeSample } from './judge-sample.ts'
import { peerSettings } from './peer-settings.ts'

const KINDS = ['ordinary', 'hard'] as const satisfies readonly CorpusKind[]
/** More than 20,000 requests together; `sample` takes a twentieth of them. */
const SIZE = { ordinary: 14_000, hard: 8_000 }
const SAMPLE = { ordinary: 700, hard: 400 }
const PARANOIA = 1
const HOST = 'shop.test'
const FORBIDDEN = 403

/** What one judge blocks: why, by the id of the request. */
type Blocked = ReadonlyMap<string, string>

interface Column {
  readonly name: string
  readonly blocked: Blocked
  /** Share of a kind that may be blocked, in percent; for `hard` by CRS the goal is that of the peer. */
  readonly goals: Readonly<Partial<Record<(typeof KINDS)[number], number>>>
}

/**
 * Prints how many benign requests our own rules block, how many CRS 4 and Debian's CRS at paranoia 1 block in our engine, and
 * how many nginx with libmodsecurity blocks with the same rules; then which and why. Arguments: `sample`, and a seed (default 7).
 */
export async function run(args: readonly string[]): Promise<void> {
  const seed = Number(args.find((arg) => arg !== 'sample') ?? 7)
  const corpus = benignCorpus({ ...(args.includes('sample') ? SAMPLE : SIZE), seed })
  const columns: Column[] = [
    {
      name: 'our own rules',
      blocked: blockedHere(corpus, 'tidegate', undefined),
      goals: { ordinary: 0.02, hard: 0.5 },
    },
  ]
  const peerReason = missingModsecurity()
  if (peerReason !== undefined) process.stdout.write(`no libmodsecurity: ${peerReason}\n`)
  for (const [name, crs] of [
    ['CRS 4', crsDirectory()],
    ['CRS 3 (Debian)', debianCrsDirectory()],
  ] as const) {
    if (crs === undefined) {
      process.stdout.write(`skipped ${name}: ${NO_CRS}\n`)
      continue
    }
    columns.push({ name: `${name}, here`, blocked: blockedHere(corpus, 'crs', crs), goals: { ordinary: 0.1 } })
    if (peerReason !== undefined) continue
    columns.push({ name: `${name}, libmodsecurity`, blocked: await blockedThere(corpus, crs), goals: {} })
  }
  for (const column of columns) list(column, corpus)
  printShares(columns, corpus)
}

function blockedHere(corpus: readonly CorpusRequest[], ruleSet: WafRuleSet, directory: string | undefined): Blocked {
  const settings = peerSettings(ruleSet, PARANOIA)
  const waf = createWaf(compileWaf({ ...(directory !== undefined && { crs: { directory } }), profiles: [settings] }))
  const blocked = new Map<string, string>()
  for (const { id, sample } of corpus) {
    const { interruption, verdict } = judgeSample(waf, settings, sample)
    if (interruption === undefined) continue
    const found = verdict.matches.filter(({ score }) => score > 0)
    blocked.set(
      id,
      found.map(({ ruleId, variable, finding }) => `${ruleId} ${finding ?? ''} in ${variable}`).join(', '),
    )
  }
  return blocked
}

async function blockedThere(corpus: readonly CorpusRequest[], crs: string): Promise<Blocked> {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-modsecurity-'))
  const peer = await startModsecurityNginx({ folder, crs, paranoia: PARANOIA, mode: 'block' })
  const blocked = new Map<string, string>()
  try {
    for (const { id, sample } of corpus) {
      const answer = await exchange(peer.port, requestBytes(sample, HOST, ['Connection', 'close']))
      if (answer === undefined) throw new Error(`${id}: no answer of libmodsecurity`)
      if (answer.status === FORBIDDEN) blocked.set(id, 'libmodsecurity answers 403')
    }
  } finally {
    await peer.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return blocked
}

/** Each reason with the requests that it blocks, the commonest first. */
function list({ name, blocked }: Column, corpus: readonly CorpusRequest[]): void {
  if (name.includes('libmodsecurity')) return
  for (const kind of KINDS) {
    const found = corpus.filter((request) => request.kind === kind && blocked.has(request.id))
    const groups = [...Map.groupBy(found, ({ id }) => blocked.get(id) ?? '')]
    for (const [reason, [first, ...more]] of groups.sort(([, one], [, other]) => other.length - one.length)) {
      const others = more.length === 0 ? '' : ` and ${more.length} more`
      process.stdout.write(`${name}: ${first.id} [${first.origin}]${others}: ${reason}\n`)
    }
  }
}

function printShares(columns: readonly Column[], corpus: readonly CorpusRequest[]): void {
  const rows = columns.flatMap(({ name, blocked, goals }) =>
    KINDS.map((kind) => {
      const all = corpus.filter((request) => request.kind === kind)
      const count = all.filter(({ id }) => blocked.has(id)).length
      const goal = goals[kind]
      return [
        name,
        kind,
        all.length,
        count,
        ((100 * count) / all.length).toFixed(3),
        goal === undefined ? '' : `<= ${goal}`,
      ]
    }),
  )
  printTable(
    `Benign requests that are blocked, paranoia ${PARANOIA}`,
    ['rules', 'kind', 'requests', 'blocked', 'percent', 'goal'],
    rows,
  )
}
