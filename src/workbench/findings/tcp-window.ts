import type { Direction, FlowRecord } from '#detect'
import {
  counted,
  duration,
  endpoint,
  framesOf,
  isTcp,
  isTwoSided,
  MILLISECOND,
  percent,
  roundTripNs,
  SECOND,
} from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** A window that is closed for a moment is how flow control works. */
const CLOSED_LEAST_NS = 200 * MILLISECOND
const CLOSED_ROUND_TRIPS = 5
/** A window that holds less than a round trip brings only matters where the trip takes its time. */
const FULL_TRIP_LEAST_NS = 5 * MILLISECOND
const FULL_ROUNDS_LEAST = 6
const FULL_SHARE = 0.05
const FULL_PER_ROUND = 0.4
/** Hosts of today begin with more than this. */
const SMALL_WINDOW_BYTES = 32_768
const SMALL_PER_ROUND = 0.5
const LITTLE_LOSS = 0.01

/** Receivers that hold senders up. */
export const TCP_WINDOW: FindingRule = {
  kinds: {
    'tcp-zero-window': {
      severity: 'high',
      side: 'client',
      meaning: 'The receiver closed its window: its program does not read what came, and the sender has to wait.',
      next: 'On the receiving host, find out why the program does not read: `ss -tmi` shows a full receive queue, a profiler or debugger what it does instead.',
      explains: [
        'tcp-window-full',
        'slow-server',
        'slow-client',
        'tcp-connection-stalled',
        'tcp-reset-by-client',
        'tcp-reset-by-server',
        'http-response-cut',
      ],
    },
    'tcp-window-full': {
      severity: 'medium',
      side: 'client',
      meaning:
        'The sender fills the window again and again and waits for a round trip each time: the window is too small for this path.',
      next: 'Compare window and round trip: throughput cannot exceed window / round trip. Raise the receive buffer (`net.ipv4.tcp_rmem`, SO_RCVBUF) or let window scaling through.',
      explains: ['slow-server'],
    },
  },
  find: ({ flows }) =>
    flows
      .filter((flow) => isTcp(flow) && isTwoSided(flow))
      .flatMap((flow) => ([0, 1] as const).flatMap((receiver) => [...closed(flow, receiver), ...full(flow, receiver)])),
}

const SIDES = ['client', 'server'] as const

function receiverText({ ends }: FlowRecord, receiver: Direction): string {
  return receiver === 0
    ? `the client ${endpoint(ends.client, ends.clientPort)}`
    : `the server ${endpoint(ends.server, ends.serverPort)}`
}

function closed(flow: FlowRecord, receiver: Direction): FindingDraft[] {
  const side = flow.sides[receiver]
  const least = Math.max(CLOSED_LEAST_NS, CLOSED_ROUND_TRIPS * (roundTripNs(flow) ?? 0))
  const whole = flow.last.timeNs - flow.first.timeNs
  // A window that was never opened counts up to the end of the capture, but nobody waits on a connection that is over.
  const closedNs = Math.min(side.zeroWindowNs, flow.close === 'open' ? Infinity : whole)
  if (closedNs < least || side.count('zero_window') === 0) return []
  return [
    {
      kind: 'tcp-zero-window',
      side: SIDES[receiver],
      severity: closedNs >= SECOND ? 'high' : 'medium',
      frames: framesOf(...side.frames('zero_window'), ...side.frames('window_update').slice(-1)),
      scope: { flows: new Set([flow.ends.id]) },
      weight: closedNs / SECOND,
      text:
        `The window of ${receiverText(flow, receiver)} was closed for ${duration(closedNs)} ` +
        `(${percent(Math.min(closedNs, whole), whole)} of the connection, ${duration(Math.min(side.longestZeroWindowNs, closedNs))} at a stretch).`,
    },
  ]
}

function full(flow: FlowRecord, receiver: Direction): FindingDraft[] {
  const sender = flow.sides[1 - receiver]
  const trip = roundTripNs(flow) ?? 0
  const count = sender.count('window_full')
  const windowBytes = flow.sides[receiver].largestWindowBytes
  if (windowBytes === undefined || windowBytes === 0 || trip < FULL_TRIP_LEAST_NS) return []
  if (sender.firstPayload === undefined || sender.lastPayload === undefined) return []
  const rounds = (sender.lastPayload.timeNs - sender.firstPayload.timeNs) / trip
  // Where each round brings about one window, the window is what holds the transfer up.
  const share = sender.payloadBytes / (windowBytes * rounds)
  const isFull = count >= FULL_ROUNDS_LEAST && count / sender.packets >= FULL_SHARE && share >= FULL_PER_ROUND
  // Senders do not cut a segment to fill the rest of a small window, so that it is never quite full.
  const isScaleKnown = flow.sides.every(({ maximumSegmentBytes }) => maximumSegmentBytes !== undefined)
  const isSmall =
    isScaleKnown &&
    windowBytes <= SMALL_WINDOW_BYTES &&
    share >= SMALL_PER_ROUND &&
    sender.losses.resent <= sender.packets * LITTLE_LOSS
  if (rounds < FULL_ROUNDS_LEAST || !(isFull || isSmall)) return []
  return [
    {
      kind: 'tcp-window-full',
      side: SIDES[receiver],
      frames: framesOf(...sender.frames('window_full')),
      scope: { flows: new Set([flow.ends.id]) },
      weight: count,
      text:
        `The window of ${receiverText(flow, receiver)}, ${counted(windowBytes, 'byte')}, ${count > 0 ? `was full ${count} times` : 'is small'}; ` +
        `with a round trip of ${duration(trip)} no more than ${rate(windowBytes, trip)} fit through it.`,
    },
  ]
}

function rate(bytes: number, ns: number): string {
  const kilobytes = (bytes * SECOND) / ns / 1000
  return kilobytes >= 1000 ? `${(kilobytes / 1000).toPrecision(2)} MB/s` : `${Math.round(kilobytes)} kB/s`
}
