import { COLUMNS } from './columns.ts'
import type { Condition, ValueRange } from './condition.ts'
import type { GoodRows } from './good-packets.ts'
import type { RowSet } from './row-set.ts'
import { conversingRows } from './senders.ts'

const WIDTH = COLUMNS.length
export const SOURCE = COLUMNS.findIndex(({ name }) => name === 'source')
const NETWORK = COLUMNS.findIndex(({ name }) => name === 'sourceNetwork')
/** So many good packets of a destination show who comes there. */
const ROWS_LEAST = 150
/** Where one packet came from is like where nobody has come from yet. */
const ROWS_LEAST_EACH = 2
/** Sources that are the only ones of their network: so many are machines that are known, more are people from anywhere. */
const ALONE_LEAST = 4
const ALONE_SHARE_MOST = 0.1
/** Good packets that come from more networks than these come from anywhere. */
const NETWORKS_MOST = 64
/** Addresses that a rule spares: each costs the kernel a little, and a list of more says nothing to a person. */
export const SOURCES_MOST = 256

/**
 * Networks that good packets to a destination came from before an attack, ascending, when these are few: many services have
 * their users in some regions, or at some providers. Undefined where not enough is known, or anybody may come.
 */
export function familiarNetworks({ rows, size, source }: GoodRows): readonly number[] | undefined {
  if (source !== 'destination' || size < ROWS_LEAST) return undefined
  const familiar = countsOf({ rows, size }, NETWORK).filter(([, count]) => count >= ROWS_LEAST_EACH)
  if (familiar.length === 0 || familiar.length > NETWORKS_MOST || areScattered(rows, size)) return undefined
  return familiar.map(([network]) => network).sort((left, right) => left - right)
}

/**
 * True when many sources are the only ones of their network: then the next one comes from yet another (Good 1953). Each counts
 * once, however much it sends.
 */
function areScattered(rows: Float64Array, size: number): boolean {
  const networks = new Map<number, number>()
  for (let at = 0; at < size * WIDTH; at += WIDTH)
    if (rows[at + SOURCE] >= 0) networks.set(rows[at + SOURCE], rows[at + NETWORK])
  const sources = new Map<number, number>()
  for (const network of networks.values()) sources.set(network, (sources.get(network) ?? 0) + 1)
  const alone = [...sources.values()].filter((count) => count === 1).length
  return alone > Math.max(ALONE_LEAST, networks.size * ALONE_SHARE_MOST)
}

/** True when a row comes from one of the networks. */
export function isFamiliar(networks: readonly number[], rows: Float64Array, row: number): boolean {
  return networks.includes(rows[row * WIDTH + NETWORK])
}

/**
 * Which packets prove to be good as their ends go on with a conversation: 1 for each. Where it is known which networks good
 * packets come from, others do not count, as machines under foreign control send again and again as well.
 */
export function conversingOf(rows: RowSet, familiar: readonly number[] | undefined): Uint8Array {
  const conversing = conversingRows(rows)
  if (familiar === undefined) return conversing
  return conversing.map((isOne, row) => isOne & Number(isFamiliar(familiar, rows.rows, row)))
}

/** The condition that a packet comes from none of those who sent most of the good packets. */
export interface Strangers {
  readonly condition: Condition
  /** What part of the good packets fulfils it all the same. */
  readonly share: number
}

/** How many packets of which source there are. */
export type SourceCounts = readonly (readonly [source: number, packets: number])[]

export function sourceCounts(rows: RowSet): SourceCounts {
  return countsOf(rows, SOURCE)
}

/**
 * Who is not among the sources that send again and again, by the good packets that are kept and those that came just before
 * the attack; undefined when good packets are not of such.
 */
export function strangersTo(known: RowSet, before: SourceCounts): Strangers | undefined {
  const counts = new Map(countsOf(known, SOURCE))
  for (const [source, packets] of before) counts.set(source, (counts.get(source) ?? 0) + packets)
  const familiar = [...counts]
    .filter(([, count]) => count >= ROWS_LEAST_EACH)
    .sort(([, left], [, right]) => right - left)
    .slice(0, SOURCES_MOST)
  if (familiar.length === 0) return undefined
  const sum = (some: SourceCounts): number => some.reduce((total, [, count]) => total + count, 0)
  const ranges = familiar.map(([value]): ValueRange => [value, value]).sort(([left], [right]) => left - right)
  return { condition: { column: SOURCE, ranges, isOutside: true }, share: 1 - sum(familiar) / sum([...counts]) }
}

function countsOf({ rows, size }: RowSet, column: number): readonly (readonly [value: number, count: number])[] {
  const counts = new Map<number, number>()
  for (let at = column; at < size * WIDTH; at += WIDTH) counts.set(rows[at], (counts.get(rows[at]) ?? 0) + 1)
  return [...counts].filter(([value]) => value >= 0)
}
