import { formatIp } from '#wire'
import type { Evidence, NeighborClaim, NeighborFacts } from './evidence.ts'
import { counted, duration, framesOf, SECOND } from './figures.ts'
import type { FindingDraft, FindingRule } from './finding.ts'

/** A host repeats its question after a second, three times. */
const REQUESTS_LEAST = 3
/** More ARP requests in a second than a segment of some hundred hosts has on a bad day. */
const STORM_PER_SECOND = 300
/** Addresses that several hosts have in turn: VRRP, HSRP, GLBP. */
const VIRTUAL_MAC = /^(?:00005e0001|00005e0002|00000c07ac|00000c9ff|0007b4)/
const TAKEOVER_NS = 30 * SECOND
const DHCP_REQUESTS_LEAST = 2

/** Faults of the local segment. */
export const NEIGHBORS: FindingRule = {
  kinds: {
    'arp-address-conflict': {
      severity: 'high',
      side: 'unknown',
      meaning:
        'Two hosts claim the same address: it was given out twice, or somebody poisons the tables of his neighbours.',
      next: 'Find both MAC addresses in the tables of the switches; the one that does not belong there is the fault or the attacker.',
      explains: [
        'tcp-connection-stalled',
        'icmp-echo-unanswered',
        'tcp-reset-by-server',
        'arp-unanswered',
        'tcp-syn-unanswered',
        'icmp-redirect',
      ],
    },
    'arp-unanswered': {
      severity: 'high',
      side: 'server',
      meaning:
        'Nobody has the address that is asked for on the local segment: the host or gateway is down, or in another VLAN.',
      next: 'Check that the host is up, in this VLAN and network, and that the mask of the asking host is right.',
      explains: ['tcp-syn-unanswered', 'icmp-host-unreachable'],
    },
    'neighbor-unanswered': {
      severity: 'high',
      side: 'server',
      meaning: 'Nobody answers the neighbor solicitations for this IPv6 address.',
      next: 'Check that the host is up and has the address; a firewall must let ICMPv6 types 133 to 136 through.',
      explains: ['icmp-host-unreachable'],
    },
    'arp-storm': {
      severity: 'medium',
      side: 'unknown',
      meaning: 'ARP requests come at a rate that no segment needs: a loop at layer 2, a scan, or a broken host.',
      next: 'See who asks, and whether the same frames come again and again: a loop repeats them exactly.',
    },
    'dhcp-unanswered': {
      severity: 'high',
      side: 'server',
      meaning: 'A host asks for an address and no DHCP server answers.',
      next: 'Look whether the server runs and has free addresses, and whether the relay (ip helper) of this VLAN forwards to it.',
    },
    'dhcp-refused': {
      severity: 'medium',
      side: 'server',
      meaning:
        'The DHCP server refused an address (NAK): the host asked for one of another network, or two servers disagree.',
      next: 'See whether the host came from another network; look for a second DHCP server on the segment.',
    },
  },
  find: (evidence) => [
    ...evidence.neighbors.flatMap(conflict),
    ...unanswered(evidence),
    ...storm(evidence),
    ...dhcp(evidence),
  ],
}

function conflict({ address, claims }: NeighborFacts): FindingDraft[] {
  const real = claims.filter(({ mac }) => !VIRTUAL_MAC.test(mac))
  if (real.length < 2 || real.length < claims.length || isTakeover(real)) return []
  return [
    {
      kind: 'arp-address-conflict',
      frames: framesOf(...real.flatMap(({ frames }) => frames)),
      scope: { everything: real.length > 1 },
      weight: real.length,
      text: `${formatIp(address)} is claimed by ${real.map(({ mac, count }) => `${macText(mac)} (${counted(count, 'time')})`).join(' and ')}.`,
    },
  ]
}

/** A host that was replaced: the old one was silent from then on, and for a while before. */
function isTakeover(claims: readonly NeighborClaim[]): boolean {
  return claims.every((claim, index) => index === 0 || claim.firstNs - claims[index - 1].lastNs > TAKEOVER_NS)
}

function macText(mac: string): string {
  return mac.replaceAll(/(..)(?!$)/g, '$1:')
}

function unanswered({ neighbors }: Evidence): FindingDraft[] {
  return neighbors
    .filter(({ requests, claims, isAlive }) => requests >= REQUESTS_LEAST && claims.length === 0 && !isAlive)
    .map(({ address, requests, requestFrames }) => ({
      kind: typeof address === 'number' ? 'arp-unanswered' : 'neighbor-unanswered',
      frames: requestFrames,
      scope: {},
      weight: requests,
      text: `Nobody answered ${counted(requests, 'request')} for the hardware address of ${formatIp(address)}.`,
    }))
}

function storm({ arpPeak }: Evidence): FindingDraft[] {
  if (arpPeak.count < STORM_PER_SECOND) return []
  return [
    {
      kind: 'arp-storm',
      frames: arpPeak.frames,
      scope: {},
      weight: arpPeak.count,
      text: `${counted(arpPeak.count, 'ARP request')} came within one second.`,
    },
  ]
}

function dhcp({ dhcp: clients }: Evidence): FindingDraft[] {
  const silent = clients.filter(({ requests, answers }) => requests >= DHCP_REQUESTS_LEAST && answers === 0)
  const refused = clients.filter(({ refusals }) => refusals > 0)
  return [
    ...silent.map(({ mac, requests, requestFrames, firstNs, lastNs }) => ({
      kind: 'dhcp-unanswered',
      frames: requestFrames,
      scope: {},
      text: `${macText(mac)} asked ${counted(requests, 'time')} for an address over ${duration(lastNs - firstNs)}, and no server answered.`,
    })),
    ...refused.map(({ mac, refusals, refusalFrames }) => ({
      kind: 'dhcp-refused',
      frames: refusalFrames,
      scope: {},
      text: `${macText(mac)} was refused an address ${counted(refusals, 'time')}.`,
    })),
  ]
}
