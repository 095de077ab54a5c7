import { formatIp } from '#wire'
import type { Evidence } from './evidence.ts'
import { counted, framesOf, groupBy, SECOND } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

const ECHO_PATIENCE_NS = SECOND
const ROUNDS_LEAST = 3
const PINGS_FOR_LOSS = 10
const LOST_SHARE = 0.1

/** Faults of the network layer. */
export const NETWORK: FindingRule = {
  kinds: {
    'icmp-echo-unanswered': {
      severity: 'medium',
      side: 'path',
      meaning: 'Pings were not answered: the host is gone, or somebody drops them.',
      next: 'Try a TCP port of the same host: when that is answered, only ICMP is blocked.',
    },
    'routing-loop': {
      severity: 'high',
      side: 'path',
      meaning: 'The same packet comes by again and again with a smaller TTL: two routers send it to each other.',
      next: 'Compare the routes of the two routers for this destination: usually one has a default route and the other lacks the network.',
      explains: [
        'icmp-ttl-exceeded',
        'icmp-echo-unanswered',
        'tcp-syn-unanswered',
        'capture-duplicate-frames',
        'tcp-retransmission-spurious',
        'dns-unanswered',
        'icmp-redirect',
      ],
    },
    'ip-fragments-missing': {
      severity: 'medium',
      side: 'path',
      meaning: 'Datagrams stay incomplete because some of their fragments never come.',
      next: 'Find out what drops fragments: firewalls often pass only the first. Avoid fragments: a smaller MTU, MSS or size of EDNS.',
      explains: ['icmp-echo-unanswered', 'dns-unanswered'],
    },
    'ip-fragment-overlap': {
      severity: 'high',
      side: 'attacker',
      meaning:
        'Fragments overlap: receivers and inspecting devices may put them together in different ways. No honest sender does that.',
      next: 'Find out who sends them, and drop overlapping fragments at the edge.',
      explains: ['ip-fragments-missing'],
    },
    'packets-malformed': {
      severity: 'medium',
      side: 'unknown',
      meaning:
        'Headers contradict themselves or their frame: somebody tests or attacks, or a device builds broken packets.',
      next: 'Look at the frames and their source; drop such packets at the edge.',
    },
  },
  find: (evidence) => [...echoes(evidence), ...loops(evidence), ...fragments(evidence), ...malformed(evidence)],
}

/** Most got no answer, or so many of many that it is no accident. */
function isUnanswered(requests: number, replies: number): boolean {
  return (
    requests > 1 && (replies < requests / 2 || (requests >= PINGS_FOR_LOSS && replies <= requests * (1 - LOST_SHARE)))
  )
}

function echoes({ echoes: all, endNs, icmpErrors }: Evidence): FindingDraft[] {
  return all
    .filter(
      ({ requests, replies, lastNs, flow }) =>
        isUnanswered(requests, replies) &&
        (replies < requests - 1 || endNs - lastNs > ECHO_PATIENCE_NS) &&
        !icmpErrors.some((error) => error.flow === flow && error.type === 11),
    )
    .map(({ flow, source, destination, requests, replies, requestFrames }) => ({
      kind: 'icmp-echo-unanswered',
      frames: requestFrames,
      scope: { flows: new Set([flow]) },
      weight: requests,
      text: `${formatIp(destination)} answered ${replies} of ${counted(requests, 'ping')} of ${formatIp(source)}.`,
    }))
}

function loops({ loops: all, flows }: Evidence): FindingDraft[] {
  const found = all.filter(({ rounds }) => rounds >= ROUNDS_LEAST)
  return [...groupBy(found, ({ destination }) => formatIp(destination))].map(([destination, group]) => ({
    kind: 'routing-loop',
    frames: framesOf(...group.flatMap(({ frames }) => frames)),
    scope: {
      flows: new Set(
        flows
          .filter(({ ends }) =>
            group.some((loop) => loop.destination === ends.server || loop.destination === ends.client),
          )
          .map(({ ends }) => ends.id),
      ),
    },
    weight: group.length,
    text: `Packets to ${destination} came by up to ${Math.max(...group.map(({ rounds }) => rounds))} times, each time with a smaller TTL.`,
  }))
}

function fragments({ fragmentFaults, flows }: Evidence): FindingDraft[] {
  const kinds = {
    incomplete: 'ip-fragments-missing',
    overlap: 'ip-fragment-overlap',
    'overlap-conflict': 'ip-fragment-overlap',
  } as const
  const faults = fragmentFaults.flatMap((fault) =>
    fault.kind in kinds ? [{ kind: kinds[fault.kind as keyof typeof kinds], fault }] : [],
  )
  return [
    ...groupBy(faults, ({ kind, fault }) => `${kind} ${String(fault.source)} ${String(fault.destination)}`).values(),
  ].map((group) => {
    const [{ kind, fault }] = group
    const hit = flows.filter(
      ({ ends }) =>
        (ends.client === fault.source && ends.server === fault.destination) ||
        (ends.server === fault.source && ends.client === fault.destination),
    )
    return {
      kind,
      frames: framesOf(...group.flatMap((one) => [...one.fault.frames])),
      scope: { flows: new Set(hit.map(({ ends }) => ends.id)) },
      weight: group.length,
      text: `${counted(group.length, 'datagram')} from ${formatIp(fault.source)} to ${formatIp(fault.destination)} ${kind === 'ip-fragments-missing' ? 'never became whole' : 'came in fragments that overlap'}.`,
    }
  })
}

function malformed({ capture: { malformed: faults, packets } }: Evidence): FindingDraft[] {
  if (faults.count === 0) return []
  return [
    {
      kind: 'packets-malformed',
      severity: faults.count > 10 || faults.count / packets > 0.01 ? 'medium' : 'low',
      frames: faults.frames,
      scope: {},
      weight: faults.count,
      text: `${counted(faults.count, 'frame')} have headers that contradict themselves or their length.`,
    },
  ]
}
