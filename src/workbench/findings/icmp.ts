import type { FlowRecord, IcmpError } from '#detect'
import { formatIp, PROTOCOL } from '#wire'
import type { Evidence } from './evidence.ts'
import { counted, endpoint, flowIds, flowText, framesOf, groupBy, PROTOCOL_NAMES, SECOND } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

const CONNECTS = [
  'tcp-syn-unanswered',
  'dns-unanswered',
  'icmp-echo-unanswered',
  'quic-blocked',
  'tcp-connection-stalled',
  'http-unanswered',
  'tcp-syn-ack-unanswered',
]

/** Names of ICMP and ICMPv6 errors, by "version/type/code" or "version/type". */
const KIND_OF: Readonly<Record<string, string>> = {
  '4/3/0': 'icmp-network-unreachable',
  '4/3/6': 'icmp-network-unreachable',
  '4/3/11': 'icmp-network-unreachable',
  '4/3/1': 'icmp-host-unreachable',
  '4/3/7': 'icmp-host-unreachable',
  '4/3/12': 'icmp-host-unreachable',
  '4/3/8': 'icmp-host-unreachable',
  '4/3/2': 'icmp-protocol-unreachable',
  '4/3/3': 'icmp-port-unreachable',
  '4/3/9': 'icmp-administratively-prohibited',
  '4/3/10': 'icmp-administratively-prohibited',
  '4/3/13': 'icmp-administratively-prohibited',
  '4/3/15': 'icmp-administratively-prohibited',
  '4/5': 'icmp-redirect',
  '4/11/0': 'icmp-ttl-exceeded',
  '4/11/1': 'icmp-reassembly-time-exceeded',
  '4/12': 'icmp-parameter-problem',
  '6/1/0': 'icmp-network-unreachable',
  '6/1/2': 'icmp-network-unreachable',
  '6/1/3': 'icmp-host-unreachable',
  '6/1/4': 'icmp-port-unreachable',
  '6/1/1': 'icmp-administratively-prohibited',
  '6/1/5': 'icmp-administratively-prohibited',
  '6/1/6': 'icmp-administratively-prohibited',
  '6/3/0': 'icmp-ttl-exceeded',
  '6/3/1': 'icmp-reassembly-time-exceeded',
  '6/4': 'icmp-parameter-problem',
  '6/137': 'icmp-redirect',
}

/** What hosts and routers say about packets that they could not deliver. */
export const ICMP: FindingRule = {
  kinds: {
    'icmp-network-unreachable': {
      severity: 'high',
      side: 'path',
      explains: CONNECTS,
      meaning: 'A router has no route to that network.',
      next: 'On the router that says so, look at `ip route get ADDRESS`: a missing or withdrawn route.',
    },
    'icmp-host-unreachable': {
      severity: 'high',
      side: 'server',
      explains: CONNECTS,
      meaning: 'The last router cannot reach the host: it is down, has another address, or does not answer ARP.',
      next: 'On the router that says so, look at the neighbour table (`ip neigh`); check that the host is up and in the right network.',
    },
    'icmp-protocol-unreachable': {
      severity: 'medium',
      side: 'server',
      explains: CONNECTS,
      meaning: 'The host does not speak this IP protocol.',
      next: 'See which protocol is quoted (GRE, ESP, SCTP ...), and whether the tunnel or service is set up on that host.',
    },
    'icmp-port-unreachable': {
      severity: 'high',
      side: 'server',
      explains: CONNECTS,
      meaning: 'Nobody listens on that UDP port, or a firewall says so.',
      next: 'On the host, `ss -lun` shows whether the service runs and on which address.',
    },
    'icmp-administratively-prohibited': {
      severity: 'high',
      side: 'middlebox',
      explains: CONNECTS,
      meaning: 'A firewall forbids this traffic, and says so.',
      next: 'Look up the rule on the device that sent the message, whose address is in the finding.',
    },
    'icmp-ttl-exceeded': {
      severity: 'high',
      side: 'path',
      explains: CONNECTS,
      meaning: 'Packets ran out of hops: they go round in a circle, or the way is longer than their TTL.',
      next: 'Follow the way with `traceroute ADDRESS`: addresses that repeat are the circle.',
    },
    'icmp-reassembly-time-exceeded': {
      severity: 'medium',
      side: 'path',
      explains: ['icmp-echo-unanswered', 'ip-fragments-missing', 'dns-unanswered'],
      meaning: 'The receiver waited for fragments that never came.',
      next: 'Find out what drops fragments: firewalls often pass only the first. Send packets that need none (a smaller size of EDNS or of the tunnel).',
    },
    'icmp-redirect': {
      severity: 'low',
      side: 'path',
      meaning:
        'A router says that there is a shorter way: hosts use the wrong gateway, or somebody tries to draw traffic to himself.',
      next: "Compare the gateway of the redirect with the routers of the network; correct the host's route, and see that hosts ignore redirects.",
    },
    'icmp-parameter-problem': {
      severity: 'medium',
      side: 'client',
      meaning: 'A host or router did not understand the IP header.',
      next: 'Look at the quoted header: options or extension headers that something on the way does not accept.',
    },
  },
  find: (evidence) => {
    const isTraced = tracerouteTest(evidence)
    const errors = evidence.icmpErrors.flatMap((error) => {
      const kind = KIND_OF[`${error.version}/${error.type}/${error.code}`] ?? KIND_OF[`${error.version}/${error.type}`]
      return kind === undefined || isEveryday(error, kind) || isTraced(error) ? [] : [{ kind, error }]
    })
    const groups = groupBy(
      errors,
      ({ kind, error: { source, quoted } }) =>
        `${kind} ${String(source)} ${quoted === undefined ? '' : `${String(quoted.destination)} ${quoted.destinationPort}`}`,
    )
    return [...groups.values()].map((group) =>
      draft(
        group[0].kind,
        group.map(({ error }) => error),
        evidence,
      ),
    )
  },
}

/** A client that has closed its socket says so to answers that come late: nothing failed. */
function isEveryday({ direction, quoted }: IcmpError, kind: string): boolean {
  return kind === 'icmp-port-unreachable' && direction === 1 && quoted?.protocol === PROTOCOL.udp
}

/** Traceroute makes packets run out of hops on purpose: its packets begin with TTL 1, 2, 3 ... */
function tracerouteTest({ flows, flow: flowOf }: Evidence): (error: IcmpError) => boolean {
  const lowHops = new Map<string, Set<number>>()
  for (const {
    ends,
    sides: [client],
  } of flows) {
    if (client.packets === 0 || client.smallestTimeToLive > TRACE_TTL_MOST) continue
    const key = `${String(ends.client)} ${String(ends.server)}`
    const hops = lowHops.get(key) ?? new Set()
    lowHops.set(key, hops.add(client.smallestTimeToLive).add(client.largestTimeToLive))
  }
  return ({ flow, quoted, type, version }) => {
    const ends = flow === undefined ? undefined : flowOf(flow)?.ends
    const [source, destination] = [ends?.client ?? quoted?.source, ends?.server ?? quoted?.destination]
    const isTtl = version === 4 ? type === 11 || type === 3 : type === 3 || type === 1
    return isTtl && (lowHops.get(`${String(source)} ${String(destination)}`)?.size ?? 0) >= TRACE_HOPS_LEAST
  }
}

const TRACE_TTL_MOST = 32
const TRACE_HOPS_LEAST = 3

function draft(kind: string, errors: readonly IcmpError[], evidence: Evidence): FindingDraft {
  const [first] = errors
  const flows = errors
    .flatMap(({ flow }) => (flow === undefined ? [] : [evidence.flow(flow)]))
    .filter((flow): flow is FlowRecord => flow !== undefined)
  const { quoted } = first
  const span = (errors[errors.length - 1].timeNs - first.timeNs) / SECOND
  const about =
    flows.length > 0
      ? flowText(flows[0].ends)
      : quoted === undefined
        ? 'a packet that is not quoted'
        : `${PROTOCOL_NAMES.get(quoted.protocol) ?? `protocol ${quoted.protocol}`} to ${endpoint(quoted.destination, quoted.destinationPort)}`
  const isOwn = quoted !== undefined && quoted.destination === first.source
  return {
    kind,
    frames: framesOf(...flows.map((flow) => flow.first), ...errors),
    scope: { flows: flowIds(flows) },
    weight: errors.length,
    text: `${formatIp(first.source)}${isOwn ? ', the destination itself,' : ''} answered ${about} with ${NAMES[kind] ?? kind} ${counted(errors.length, 'time')}${span >= 1 ? ` over ${Math.round(span)} s` : ''}.`,
  }
}

const NAMES: Readonly<Record<string, string>> = {
  'icmp-network-unreachable': '"network unreachable"',
  'icmp-host-unreachable': '"host unreachable"',
  'icmp-protocol-unreachable': '"protocol unreachable"',
  'icmp-port-unreachable': '"port unreachable"',
  'icmp-administratively-prohibited': '"administratively prohibited"',
  'icmp-ttl-exceeded': '"time to live exceeded"',
  'icmp-reassembly-time-exceeded': '"fragment reassembly time exceeded"',
  'icmp-redirect': '"redirect"',
  'icmp-parameter-problem': '"parameter problem"',
}
