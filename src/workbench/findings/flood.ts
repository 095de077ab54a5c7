import { formatIp, PROTOCOL } from '#wire'
import type { HttpTransaction } from '#detect'
import type { Evidence, TargetFacts } from './evidence.ts'
import { counted, duration, endpoint, framesOf, groupBy, median, SECOND } from './figures.ts'
import type { FindingDraft, FindingKind, FindingRule } from './finding.ts'
import { REFLECTORS } from './reflectors.ts'

const FLOWS_LEAST = 200
const PEAK_LEAST = 100
const UNANSWERED_SHARE = 0.8
const PACKETS_LEAST = 1000
const PEAK_PACKETS_LEAST = 500
const ECHO_PEAK_LEAST = 300
/** A steady stream of one flow may be video, or somebody who measures: it must be many flows, or more than those send. */
const STREAM_PEAK_LEAST = 20_000
/** Frames of others between two that never become whole. */
const FRAGMENTS_BETWEEN = 4
const REQUESTS_LEAST = 1000
const REQUESTS_PER_SECOND = 200
const SAME_TARGET_SHARE = 0.8
const SLOW_CONNECTIONS_LEAST = 20
const SLOW_REQUEST_NS = 2 * SECOND

const HIT = [
  'tcp-syn-unanswered',
  'tcp-syn-refused',
  'tcp-syn-ack-unanswered',
  'tcp-listen-queue-full',
  'icmp-port-unreachable',
  // Answers to forged sources come to nobody.
  'icmp-network-unreachable',
  'icmp-ttl-exceeded',
  'icmp-host-unreachable',
  'icmp-echo-unanswered',
  'tcp-reset-by-client',
  'tcp-reset-by-server',
  'tcp-reset-by-middlebox',
  'capture-one-sided',
  'http-unanswered',
  'slow-server',
  'tcp-retransmission-timeout',
  'tcp-retransmission-fast',
  'dns-malformed',
  'dns-unanswered',
  'dns-error',
  'capture-duplicate-frames',
  'tcp-retransmission-spurious',
  'dns-hijack-like',
  'quic-blocked',
  'icmp-administratively-prohibited',
  'http-4xx',
  'http-5xx',
  'packets-malformed',
  'wrong-protocol-on-port',
  'tcp-connection-stalled',
]

const NEXT =
  'Compare sources, TTL, lengths and options with normal traffic (`tidegate compare`) for a filter that meets only the attack, and put a limit on the rate meanwhile.'

const KINDS = {
  'flood-syn': {
    severity: 'high',
    side: 'attacker',
    meaning: 'Many connections are begun and never finished: they fill the tables of the server.',
    next: `${NEXT} SYN cookies have to be on.`,
    explains: HIT,
  },
  'flood-tcp': {
    severity: 'high',
    side: 'attacker',
    meaning: 'Many TCP segments belong to no connection (ACK, RST, FIN floods).',
    next: `${NEXT} A stateful firewall drops them.`,
    explains: HIT,
  },
  'flood-udp': {
    severity: 'high',
    side: 'attacker',
    meaning: 'Many datagrams are sent to a host that does not answer them.',
    next: NEXT,
    explains: HIT,
  },
  'flood-icmp': {
    severity: 'high',
    side: 'attacker',
    meaning: 'Pings come at a rate that nobody needs.',
    next: 'Limit ICMP echo at the edge.',
    explains: HIT,
  },
  'flood-amplification': {
    severity: 'high',
    side: 'attacker',
    meaning:
      'Large answers come that nobody asked for: open servers are used to amplify an attack with a forged source.',
    next: 'Drop UDP from these source ports where no question went out; let the provider filter when the line is full.',
    explains: [...HIT, 'flood-udp'],
  },
  'flood-http': {
    severity: 'medium',
    side: 'attacker',
    meaning: 'Few clients send requests for the same at a rate that no person needs: a flood, or a load test.',
    next: `${NEXT} A limit per client and path stops it without touching others.`,
    explains: [
      'http-4xx',
      'http-5xx',
      'slow-server',
      'tcp-syn-unanswered',
      'tcp-reset-by-server',
      'tcp-reset-by-client',
      'tcp-listen-queue-full',
    ],
  },
  'flood-slow-requests': {
    severity: 'high',
    side: 'attacker',
    meaning: 'Many connections send their request in drips, to hold the server (Slowloris).',
    next: 'Set a time limit for whole request heads and a limit of connections per client.',
    explains: [
      'slow-client',
      'http-unanswered',
      'tcp-reset-by-client',
      'tcp-reset-by-server',
      'http-4xx',
      'http-malformed',
    ],
  },
} as const satisfies Readonly<Record<string, FindingKind>>

/** Traffic that is meant to use something up. */
export const FLOOD: FindingRule = {
  kinds: KINDS,
  find: (evidence) => [
    ...flooded(evidence).flatMap((target) => onTarget(target, evidence)),
    ...amplification(evidence),
    ...fragmentFloods(evidence),
    ...requests(evidence),
    ...slowRequests(evidence),
  ],
}

/** A kind of flood and what of a target's figures shows it. */
const TESTS: readonly (readonly [
  kind: keyof typeof KINDS,
  protocols: readonly number[],
  holds: (target: TargetFacts) => boolean,
])[] = [
  [
    'flood-syn',
    [PROTOCOL.tcp],
    ({ halfOpen, flows, peakFlows }) => halfOpen >= FLOWS_LEAST && halfOpen >= flows * 0.5 && peakFlows >= PEAK_LEAST,
  ],
  [
    'flood-tcp',
    [PROTOCOL.tcp],
    ({ stray, flows, peakFlows }) => stray >= FLOWS_LEAST && stray >= flows * 0.5 && peakFlows >= PEAK_LEAST,
  ],
  ['flood-udp', [PROTOCOL.udp], isUdpFlood],
  [
    'flood-icmp',
    [PROTOCOL.icmp, PROTOCOL.icmpv6],
    ({ packetsIn, peakPackets }) => packetsIn >= ECHO_PEAK_LEAST && peakPackets >= ECHO_PEAK_LEAST,
  ],
]

function isUdpFlood({ flows, answered, packetsIn, packetsOut, peakPackets, sources, address }: TargetFacts): boolean {
  if (packetsIn < PACKETS_LEAST || peakPackets < PEAK_PACKETS_LEAST || isMulticast(address)) return false
  if (packetsOut > packetsIn * (1 - UNANSWERED_SHARE) || answered > flows * (1 - UNANSWERED_SHARE)) return false
  return flows >= FLOWS_LEAST || sources >= PEAK_LEAST || peakPackets >= STREAM_PEAK_LEAST
}

/** A host as a whole counts only where none of its ports stands out. */
function flooded({ targets }: Evidence): readonly TargetFacts[] {
  const ports = new Set(
    targets.filter((target) => target.port !== 0 && testOf(target) !== undefined).map(({ address }) => address),
  )
  return targets.filter(({ port, address, protocol }) => port !== 0 || protocol !== PROTOCOL.udp || !ports.has(address))
}

function testOf(target: TargetFacts): (typeof TESTS)[number] | undefined {
  return TESTS.find(([, protocols, holds]) => protocols.includes(target.protocol) && holds(target))
}

function isMulticast(address: TargetFacts['address']): boolean {
  return typeof address === 'number' ? address >= 0xe000_0000 : address >> 120n === 0xffn
}

/** Errors tell a host what became of its own packets: who scans gets many. */
function isToldOfItsOwn({ address, packetsIn, protocol }: TargetFacts, { icmpErrors }: Evidence): boolean {
  if (protocol !== PROTOCOL.icmp && protocol !== PROTOCOL.icmpv6) return false
  const told = icmpErrors.filter(({ destination, flow }) => destination === address && flow !== undefined)
  return packetsIn - told.length < ECHO_PEAK_LEAST
}

function onTarget(target: TargetFacts, evidence: Evidence): FindingDraft[] {
  const test = testOf(target)
  if (test === undefined || isToldOfItsOwn(target, evidence)) return []
  const { flow: flowOf } = evidence
  const { address, port, protocol, flows, packetsIn, sources, peakPackets, firstNs, lastNs, frames } = target
  const place = port === 0 ? formatIp(address) : endpoint(address, port)
  return [
    {
      kind: test[0],
      frames,
      scope: {
        host: address,
        covers: (id) => {
          const ends = flowOf(id)?.ends
          if (ends === undefined) return false
          return (
            (ends.server === address && (ends.serverPort === port || port === 0 || protocol !== ends.protocol)) ||
            ends.client === address
          )
        },
      },
      weight: packetsIn,
      text: `${place} got ${counted(packetsIn, 'packet')} in ${counted(flows, 'flow')} from ${sources === 1 ? 'one source' : `${sources} sources`} within ${duration(lastNs - firstNs)} (up to ${peakPackets} a second)${toldOf(test[0], target)}.`,
    },
  ]
}

function toldOf(kind: keyof typeof KINDS, { halfOpen, stray, answered }: TargetFacts): string {
  if (kind === 'flood-syn') return `; ${halfOpen} connections were begun and not finished, ${answered} came about`
  return kind === 'flood-tcp' ? `; ${stray} of them belong to no connection` : ''
}

/** Answers of well-known services to somebody who had not asked. */
function amplification({ targets, flow: flowOf }: Evidence): FindingDraft[] {
  return targets.flatMap(
    ({ protocol, address, port, packetsIn, packetsOut, bytesOut, frames, sources, firstNs, lastNs }) => {
      const service = REFLECTORS.get(port)
      if (
        protocol !== PROTOCOL.udp ||
        service === undefined ||
        packetsOut < FLOWS_LEAST ||
        packetsIn > packetsOut / 10 ||
        bytesOut / packetsOut < 300
      )
        return []
      return [
        {
          kind: 'flood-amplification',
          frames,
          scope: {
            host: address,
            covers: (id: number) => {
              const ends = flowOf(id)?.ends
              return ends?.serverPort === port || (ends?.clientPort === port && ends.server === address)
            },
          },
          weight: packetsOut,
          text: `${counted(packetsOut, `${service} answer`)} (${Math.round(bytesOut / packetsOut)} bytes on average) from ${counted(sources, 'server')} came to ${formatIp(address)} within ${duration(lastNs - firstNs)}, and ${packetsIn} questions went out.`,
        },
      ]
    },
  )
}

/** Fragments of datagrams that are never whole fill the memory of who waits for the rest. */
function fragmentFloods({ fragmentFaults }: Evidence): FindingDraft[] {
  const incomplete = fragmentFaults.filter(({ kind }) => kind === 'incomplete' || kind === 'too-many')
  return [...groupBy(incomplete, ({ destination }) => formatIp(destination))].flatMap(([host, group]) => {
    const frames = group.flatMap((fault) => fault.frames.slice(0, 1)).sort((a, b) => a - b)
    const sources = new Set(group.map(({ source }) => source)).size
    if (group.length < FLOWS_LEAST || frames[frames.length - 1] - frames[0] > group.length * FRAGMENTS_BETWEEN)
      return []
    return [
      {
        kind: 'flood-udp',
        frames,
        scope: { host: group[0].destination },
        weight: group.length,
        text: `${host} got fragments of ${counted(group.length, 'datagram')} that never became whole, from ${counted(sources, 'source')}.`,
      },
    ]
  })
}

function requests({ http }: Evidence): FindingDraft[] {
  return [...groupBy(http, ({ server }) => endpoint(server.address, server.port))].flatMap(([server, all]) => {
    const sent = all.filter(({ request }) => request !== undefined)
    if (sent.length < REQUESTS_LEAST) return []
    const [mostAsked] = [...groupBy(sent, ({ request }) => `${request?.method ?? ''} ${request?.target ?? ''}`)].sort(
      (a, b) => b[1].length - a[1].length,
    )
    const times = sent.map(({ request }) => request?.first.timeNs ?? 0).sort((a, b) => a - b)
    const seconds = (times[times.length - 1] - times[0]) / SECOND
    const clients = groupBy(sent, ({ client }) => String(client.address)).size
    if (
      mostAsked[1].length < sent.length * SAME_TARGET_SHARE ||
      sent.length / Math.max(seconds, 1) < REQUESTS_PER_SECOND
    )
      return []
    return [
      {
        kind: 'flood-http',
        severity: clients > 20 ? 'high' : 'medium',
        frames: framesOf(...mostAsked[1].slice(0, 10).map(({ request }) => request?.first)),
        scope: { flows: new Set(sent.map(({ flow }) => flow)) },
        weight: sent.length,
        text: `${server} got ${counted(sent.length, 'request')} of ${counted(clients, 'client')} within ${duration(seconds * SECOND)}, ${mostAsked[1].length} of them ${mostAsked[0].slice(0, 80)}.`,
      },
    ]
  })
}

/** Connections of one client to one server at the same time, whose requests take their time. */
function slowRequests(evidence: Evidence): FindingDraft[] {
  const dripping = new Map<number, number>()
  const read = new Set<number>()
  for (const { flow, request } of evidence.http) {
    if (request === undefined) continue
    read.add(flow)
    if (!request.complete) note(dripping, flow, evidence, request)
  }
  for (const { ends, sides } of evidence.flows) {
    const [{ firstPayload, lastPayload }, server] = sides
    if (read.has(ends.id) || evidence.protocolOf(ends.id)?.content !== 'http') continue
    if (firstPayload === undefined || lastPayload === undefined) continue
    // What a server says to half a head is that it waits no longer.
    const isPatient = server.firstPayload === undefined || server.firstPayload.timeNs >= lastPayload.timeNs
    if (isPatient) dripping.set(ends.id, lastPayload.timeNs - firstPayload.timeNs)
  }
  const slow = [...dripping].filter(([, ns]) => ns >= SLOW_REQUEST_NS).flatMap(([id]) => evidence.flow(id) ?? [])
  return [...groupBy(slow, ({ ends }) => endpoint(ends.server, ends.serverPort))].flatMap(([server, flows]) => {
    if (flows.length < SLOW_CONNECTIONS_LEAST) return []
    const clients = groupBy(flows, ({ ends }) => String(ends.client)).size
    const held = median(flows.map(({ ends }) => dripping.get(ends.id) ?? 0)) ?? 0
    return [
      {
        kind: 'flood-slow-requests',
        frames: framesOf(
          ...flows.slice(0, 10).flatMap(({ sides: [client] }) => [client.firstPayload, client.lastPayload]),
        ),
        scope: { flows: new Set(flows.map(({ ends }) => ends.id)) },
        weight: flows.length,
        text: `${counted(flows.length, 'connection')} of ${counted(clients, 'client')} to ${server} sent their requests in drips for ${duration(held)} and never to their end.`,
      },
    ]
  })
}

function note(
  dripping: Map<number, number>,
  flow: number,
  evidence: Evidence,
  request: NonNullable<HttpTransaction['request']>,
): void {
  const last = evidence.flow(flow)?.sides[0].lastPayload ?? request.last
  dripping.set(flow, last.timeNs - request.first.timeNs)
}
