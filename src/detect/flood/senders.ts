import type { RowSet } from './row-set.ts'
import { COLUMNS } from './columns.ts'
import type { FloodClass } from './flood-class.ts'

const WIDTH = COLUMNS.length
const place = (name: string): number => COLUMNS.findIndex((column) => column.name === name)
const SOURCE = place('source')
const SOURCE_PORT = place('sourcePort')
const DESTINATION_PORT = place('destinationPort')
const LENGTH = place('ip.len')

const HEAVY_SOURCES_MOST = 32
const HEAVY_COVERAGE = 0.8
const HEAVY_ROWS_LEAST = 5
const CONVERSATION_ROWS_LEAST = 3
const BLATANT_SOURCES_LEAST = 20
const SPRAYED_SHARE = 0.85
const SPRAYED_PORTS = 0.5
/** Packets of the same ends among the samples: of those that were invented, and of those that talk. */
const STRAY_ROWS_MOST = 2
const CONVERSING_ROWS_LEAST = 4
const STRAY_SHARE_LEAST = 0.3

/**
 * Services over UDP that answer a short question with much, and are asked in the name of the victim: CHARGEN, QOTD, DNS,
 * TFTP, portmap, NTP, NetBIOS, SNMP, LDAP, RIP, SSDP, WS-Discovery, CoAP, multicast DNS, memcached and others (CISA, alert
 * TA14-017A). Their addresses come again and again, as those of good ends do.
 */
const AMPLIFIERS: ReadonlySet<number> = new Set([
  17, 19, 53, 69, 111, 123, 137, 161, 177, 389, 427, 520, 1434, 1900, 3283, 3478, 3702, 5093, 5351, 5353, 5683, 10_001,
  11_211, 27_015, 32_414, 33_848, 37_810,
])
const AMPLIFIED_BYTES = 200

/** How many sources there are. */
export function sourceCount(rows: RowSet): number {
  return countBy(rows, (at) => rows.rows[at + SOURCE]).size
}

/** How many rows the source with most of them has. */
export function heaviestSource(rows: RowSet): number {
  return Math.max(0, ...countBy(rows, (at) => rows.rows[at + SOURCE]).values())
}

/** How many sources send four fifths of the rows; undefined when they are many. */
export function heavySources(rows: RowSet): number | undefined {
  const counts = [...countBy(rows, (at) => rows.rows[at + SOURCE]).values()].sort((left, right) => right - left)
  let covered = 0
  for (const [index, count] of counts.entries()) {
    if (index === HEAVY_SOURCES_MOST || count < HEAVY_ROWS_LEAST) return undefined
    covered += count
    if (covered >= rows.size * HEAVY_COVERAGE) return index + 1
  }
  return undefined
}

/** True when the same ends send again and again, as callers, players and tunnels do, and reflectors are none of them. */
export function isConversation(kind: FloodClass, rows: RowSet): boolean {
  if (kind !== 'udp' && kind !== 'gre' && kind !== 'other') return false
  const ends = countBy(rows, (at) => rows.rows[at + SOURCE] * 0x1_0000 + rows.rows[at + SOURCE_PORT])
  return rows.size >= ends.size * CONVERSATION_ROWS_LEAST && !isAmplified(rows)
}

/**
 * True for what no good traffic looks like, whatever is usual at a destination: answers of reflectors, datagrams from nearly
 * as many sources to as many ports as there are packets, segments that each come from another source.
 */
export function isBlatant(kind: FloodClass, rows: RowSet): boolean {
  const sources = sourceCount(rows)
  if (sources < BLATANT_SOURCES_LEAST) return false
  if (kind === 'udp') return isAmplified(rows) || (isSprayed(rows, sources) && hasManyPorts(rows))
  return kind === 'tcp' && isSprayed(rows, sources)
}

function isSprayed({ size }: RowSet, sources: number): boolean {
  return sources >= size * SPRAYED_SHARE
}

function hasManyPorts(rows: RowSet): boolean {
  return countBy(rows, (at) => rows.rows[at + DESTINATION_PORT]).size >= rows.size * SPRAYED_PORTS
}

/**
 * Which datagrams are of conversations that go on beside a flood of others: 1 for each whose ends sent several, when most of
 * the rest did not, or are reflectors.
 */
export function conversingRows(rows: RowSet): Uint8Array {
  const keyAt = (at: number): number => rows.rows[at + SOURCE] * 0x1_0000 + Math.max(0, rows.rows[at + SOURCE_PORT])
  const counts = countBy(rows, keyAt)
  const conversing = new Uint8Array(rows.size)
  let stray = 0
  for (let row = 0; row < rows.size; row++) {
    const at = row * WIDTH
    const count = counts.get(keyAt(at)) ?? 0
    const isReflected = isAmplifiedRow(rows, at)
    if (isReflected || count <= STRAY_ROWS_MOST) stray++
    else if (count >= CONVERSING_ROWS_LEAST) conversing[row] = 1
  }
  return stray >= rows.size * STRAY_SHARE_LEAST ? conversing : conversing.fill(0)
}

function isAmplified(rows: RowSet): boolean {
  let amplified = 0
  for (let row = 0; row < rows.size; row++) if (isAmplifiedRow(rows, row * WIDTH)) amplified++
  return amplified * 2 > rows.size
}

function isAmplifiedRow({ rows }: RowSet, at: number): boolean {
  return AMPLIFIERS.has(rows[at + SOURCE_PORT]) && rows[at + LENGTH] >= AMPLIFIED_BYTES
}

function countBy({ size }: RowSet, keyAt: (at: number) => number): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (let at = 0; at < size * WIDTH; at += WIDTH) {
    const key = keyAt(at)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
