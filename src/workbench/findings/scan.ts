import { formatIp, PROTOCOL } from '#wire'
import type { Evidence, ProbeFacts } from './evidence.ts'
import { counted, duration, PROTOCOL_NAMES, SECOND } from './figures.ts'
import type { FindingDraft, FindingKind, FindingRule } from './finding.ts'

const PORTS_LEAST = 15
const HOSTS_LEAST = 15
/** So many places are no accident any more. */
const MANY = 75
const SWEEP_NS = 10 * SECOND
/** Somebody who looks around fails nearly everywhere. */
const FAILED_SHARE = 0.7
const STEALTHY_SHARE = 0.5

const HIT = [
  'tcp-syn-unanswered',
  'tcp-syn-refused',
  'tcp-syn-ack-unanswered',
  'icmp-port-unreachable',
  'icmp-host-unreachable',
  'icmp-echo-unanswered',
  'tcp-reset-by-client',
  'tcp-reset-by-server',
  'icmp-administratively-prohibited',
  'wrong-protocol-on-port',
  'capture-one-sided',
  'capture-loss',
  'dns-unanswered',
  'tcp-connection-stalled',
  'icmp-network-unreachable',
  'icmp-protocol-unreachable',
  'packets-malformed',
  'dns-malformed',
  'flood-udp',
  'flood-tcp',
  'flood-syn',
  'dns-error',
  // Scanners write a TTL of their own; the reset for what they leave half open comes from their system.
  'tcp-reset-by-middlebox',
]

const NEXT =
  'Find out who the source is; an own scanner is to be expected, anybody else is to be blocked. Look at what was answered: those ports are open.'

/** Somebody looks for what can be reached. */
export const SCAN: FindingRule = {
  kinds: {
    'scan-ports': {
      severity: 'medium',
      side: 'attacker',
      meaning: 'One source tries many ports of one host.',
      next: NEXT,
      explains: HIT,
    },
    'scan-hosts': {
      severity: 'medium',
      side: 'attacker',
      meaning: 'One source tries many addresses, by ping, ARP or one port.',
      next: NEXT,
      explains: [...HIT, 'arp-storm', 'arp-unanswered', 'neighbor-unanswered'],
    },
    'scan-stealth': {
      severity: 'medium',
      side: 'attacker',
      meaning:
        'One source tries ports with flags that no connection begins with (FIN, NULL, XMAS, ACK), to get past simple filters.',
      next: NEXT,
      explains: [...HIT, 'scan-ports'],
    },
  } satisfies Readonly<Record<string, FindingKind>>,
  find: (evidence) => [...evidence.probes.flatMap((probe) => scan(probe, evidence)), ...sweepByArp(evidence)],
}

function scan(probe: ProbeFacts, { flow: flowOf }: Evidence): FindingDraft[] {
  const { by, source, target, port, protocol, tried, failed, stealthy, firstNs, lastNs, frames } = probe
  if (tried < (by === 'ports' ? PORTS_LEAST : HOSTS_LEAST) || failed < tried * FAILED_SHARE) return []
  const isStealthy = stealthy >= tried * STEALTHY_SHARE
  const what =
    by === 'ports'
      ? `${counted(tried, `${PROTOCOL_NAMES.get(protocol) ?? ''} port`.trim())} of ${target === undefined ? 'a host' : formatIp(target)}`
      : `${protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6 ? 'pings to' : `port ${port ?? 0} of`} ${counted(tried, 'host')}`
  return [
    {
      kind: isStealthy ? 'scan-stealth' : by === 'ports' ? 'scan-ports' : 'scan-hosts',
      severity: tried >= MANY ? 'high' : 'medium',
      frames,
      scope: {
        ...(target !== undefined && { host: target }),
        covers: (id) => {
          const ends = flowOf(id)?.ends
          return (
            ends !== undefined &&
            (ends.client === source || ends.server === source) &&
            (target === undefined || ends.server === target || ends.client === target)
          )
        },
      },
      weight: tried,
      text: `${formatIp(source)} tried ${what} within ${duration(lastNs - firstNs)}; ${failed} of them failed${isStealthy ? ', most with flags that no connection begins with' : ''}.`,
    },
  ]
}

/** Questions for many addresses of the segment within a short time, most of which nobody has. */
function sweepByArp({ neighbors }: Evidence): FindingDraft[] {
  const asked = neighbors.filter(({ requests }) => requests > 0)
  const nobody = asked.filter(({ claims, isAlive }) => claims.length === 0 && !isAlive)
  const times = nobody.map(({ firstRequestNs }) => firstRequestNs).sort((a, b) => a - b)
  const isSweep = times.some((time, index) => times[index + HOSTS_LEAST - 1] - time < SWEEP_NS)
  if (!isSweep || nobody.length < asked.length * FAILED_SHARE) return []
  return [
    {
      kind: 'scan-hosts',
      severity: asked.length >= MANY ? 'high' : 'medium',
      frames: nobody.flatMap(({ requestFrames }) => requestFrames.slice(0, 1)),
      scope: { withoutFlows: true },
      weight: asked.length,
      text: `The hardware addresses of ${counted(asked.length, 'host')} were asked for, ${nobody.length} of which nobody has.`,
    },
  ]
}
