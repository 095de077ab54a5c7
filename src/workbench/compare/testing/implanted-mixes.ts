import { Dice } from '../../waf/dice.ts'
import { literalText } from '../literal-text.ts'
import type { FactRow } from '../population/fact-row.ts'
import { GoodHttp } from './good-http.ts'
import { GoodPackets } from './good-packets.ts'
import type { Mix } from './mix.ts'

/** Fields whose values are put together in new ways. */
const FIELDS = {
  http: [
    'http.host',
    'http.request.method',
    'http.request.uri.path',
    'http.user_agent',
    'tls.ja4',
    'http.request.version',
    'ip.src.country',
    'http.request.body.mime',
    'http.request.header_order',
  ],
  packet: [
    'ip.ttl',
    'ip.dst',
    'tcp.dstport',
    'tcp.flags',
    'tcp.window',
    'tcp.options.mss',
    'ip.dsfield',
    'tcp.hdr_len',
  ],
} as const

/** Good rows in which some values meet that rarely meet: each of them is common, only together they are the attack. */
interface Implant {
  readonly facts: Readonly<Record<string, string | number>>
  readonly when: string
}

function findImplant(rows: readonly FactRow[], fields: readonly string[], conditions: number, dice: Dice): Implant {
  for (;;) {
    const chosen = new Set<string>()
    while (chosen.size < conditions) chosen.add(dice.pick(fields))
    const entries = [...chosen].map((field) => [field, dice.pick(rows).facts[field]] as const)
    if (entries.some(([, value]) => typeof value !== 'string' && typeof value !== 'number')) continue
    const facts = Object.fromEntries(entries) as Implant['facts']
    const holds = ({ facts: other }: FactRow): boolean => entries.every(([field, value]) => other[field] === value)
    if (rows.filter(holds).length > rows.length * 0.0003) continue
    const when = entries.map(([field, value]) => textOf(field, value as string | number)).join(' and ')
    return { facts, when }
  }
}

function textOf(field: string, value: string | number): string {
  if (field === 'ip.dst') return `${field} in {${literalText(value, 'IP')}}`
  return `${field} == ${literalText(value, typeof value === 'string' ? 'String' : 'Int')}`
}

/** An attack whose only mark are so many values that are common by themselves. */
export function implantedMix(kind: 'http' | 'packet', conditions: number, seed: number): Mix {
  const good = (count: number, from: number): FactRow[] =>
    kind === 'http' ? new GoodHttp(from).rows(count) : new GoodPackets(from).rows(count).filter(isTcp)
  const { facts, when } = findImplant(good(8_000, seed), FIELDS[kind], conditions, new Dice(seed + 17))
  return {
    name: `${conditions} implanted values in ${kind} rows, number ${seed}`,
    kind,
    labels: 'trusted',
    known: [when],
    make: (from, badRows, goodRows) => {
      const rows = good((badRows + goodRows) * (kind === 'http' ? 1 : 2), seed * 1000 + from)
      const bad = rows.slice(0, badRows).map((row) => ({ ...row, facts: { ...row.facts, ...facts } }))
      return { bad, good: rows.slice(badRows, badRows + goodRows) }
    },
  }
}

function isTcp({ facts }: FactRow): boolean {
  return facts['ip.proto'] === 6
}
