import type { EventJson } from '#api'
import { printable } from '../output/printable.ts'
import { style, styleVerdict } from '../output/style.ts'
import { type Column, formatTable } from '../output/table.ts'
import { cutTo, windowWidth } from '../output/window.ts'
import { PROTOCOL_NAMES } from '../packet/protocol-names.ts'

const COLUMNS: readonly Column<EventJson>[] = [
  { title: 'TIME (UTC)', cell: (event) => event.time.slice(0, 23).replace('T', ' ') },
  { title: 'RAY', cell: (event) => event.ray },
  {
    title: 'VERDICT',
    cell: (event) => event.decision.verdict,
    paint: (event, shown) => styleVerdict(event.decision.verdict, shown),
  },
  { title: 'STATUS', cell: (event) => fact(event, 'http.response.code'), align: 'right' },
  { title: 'CLIENT', cell: (event) => fact(event, 'ip.src') },
  { title: 'RULE', cell: (event) => event.decision.ruleId ?? '-' },
  { title: 'REQUEST OR PACKET', cell: subject },
]

/** Events as a table, in the order given. */
export function eventTable(events: readonly EventJson[]): string {
  return formatTable(COLUMNS, events)
}

/** One event as one line without title, for a list that grows; on a terminal the request is cut, so that nothing wraps. */
export function eventLine(event: EventJson, window: number | undefined = windowWidth()): string {
  const { verdict, ruleId } = event.decision
  const time = event.time.slice(11, 23)
  const middle = [
    fact(event, 'http.response.code').padStart(3),
    printable(fact(event, 'ip.src')),
    printable(ruleId ?? '-'),
  ].join(GAP)
  const used = time.length + event.ray.length + VERDICT_WIDTH + middle.length + 4 * GAP.length
  const room = (window ?? Infinity) - used
  const isBelow = room < REQUEST_LEAST
  const shown = cutTo(printable(subject(event)), isBelow ? (window ?? Infinity) - BELOW.length : room)
  const styledVerdict = styleVerdict(verdict, verdict.padEnd(VERDICT_WIDTH))
  const head = [style('dim', time), event.ray, styledVerdict, middle].join(GAP)
  return isBelow ? `${head}\n${BELOW}${shown}\n` : `${head}${GAP}${shown}\n`
}

const GAP = '  '
const VERDICT_WIDTH = 8
/** With less room than this, a request goes to a line of its own, which begins so. */
const REQUEST_LEAST = 24
const BELOW = '    '

function fact(event: EventJson, name: string): string {
  const value = event.facts[name]
  return value === undefined ? '-' : String(value)
}

/** What the event is about, in a few words. */
function subject(event: EventJson): string {
  return event.kind === 'http' ? request(event) : packet(event)
}

function request(event: EventJson): string {
  const method = event.facts['http.request.method']
  if (method === undefined) return event.decision.why
  const query = event.facts['http.request.uri.query']
  const tail = typeof query === 'string' && query !== '' ? `?${query}` : ''
  return `${String(method)} ${fact(event, 'http.host')}${fact(event, 'http.request.uri.path')}${tail}`
}

function packet(event: EventJson): string {
  const { facts, weight } = event
  const [source, destination] = ['srcport', 'dstport'].map((side) => facts[`tcp.${side}`] ?? facts[`udp.${side}`])
  const [from, to] = [source, destination].map((port) => (port === undefined ? '' : `:${String(port)}`))
  const protocol = PROTOCOL_NAMES.get(Number(facts['ip.proto'])) ?? `protocol ${fact(event, 'ip.proto')}`
  const stands = weight === 1 ? '' : `, one of ${Math.round(weight)}`
  const where = facts['packet.interface'] === undefined ? '' : ` on ${fact(event, 'packet.interface')}`
  return `${protocol} ${from} > ${fact(event, 'ip.dst')}${to}, ${size(event)}${where}${stands}`
}

function size(event: EventJson): string {
  return event.kind === 'flow'
    ? `${fact(event, 'flow.packets')} packets, ${fact(event, 'flow.bytes')} bytes`
    : `${fact(event, 'frame.len')} bytes`
}
