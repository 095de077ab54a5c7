import type { IpAddress } from '#wire'
import { parseIp } from '#wire'
import type { RandomNumbers } from '../random.ts'
import {
  ACK_ANY_PORT,
  ACK_FIXED_NUMBERS,
  ACK_FLOOD,
  anyOf,
  CHARGEN_AMPLIFICATION,
  CLDAP_AMPLIFICATION,
  DNS_AMPLIFICATION,
  DNS_AMPLIFICATION_SHORT,
  DNS_WATER_TORTURE,
  ESP_FLOOD,
  FRAGMENT_FLOOD,
  GRE_FLOOD,
  ICMP_ECHO,
  MEMCACHED_AMPLIFICATION,
  NTP_AMPLIFICATION,
  ONE_MACHINE_SYN,
  PSH_ACK_FLOOD,
  RST_FLOOD,
  SNMP_AMPLIFICATION,
  SSDP_AMPLIFICATION,
  SYN_ACK_REFLECTION,
  SYN_ANY_PORT,
  SYN_MSS_ONLY,
  SYN_PLAIN,
  SYN_WITH_OPTIONS,
  together,
  UDP_BOTS,
  UDP_FIXED_SIZE,
  UDP_RANDOM,
  UDP_TO_GAME,
  type Vector,
  XMAS_FLOOD,
} from './attacks.ts'
import {
  background,
  dnsAnswers,
  dnsQuestions,
  game,
  outgoingConnections,
  quic,
  siteTunnels,
  tcpClients,
  voice,
  wireguard,
} from './good-traffic.ts'
import { spray, type Traffic } from './traffic.ts'

const NETWORK = parseIp('198.51.100.0') as IpAddress
const NETWORK_IPV6 = parseIp('2001:db8:10:1::') as IpAddress
const HOST = parseIp('198.51.100.20') as IpAddress
const HOST_IPV6 = parseIp('2001:db8:10:1::20') as IpAddress
const PULSE_MS = 6000

export interface Mix {
  readonly name: string
  /** The good traffic of a host, which may change when the attack begins. */
  readonly good: (host: IpAddress, attackFromMs: number) => readonly Traffic[]
  readonly vector?: Vector
  /** Packets of the attack a second. */
  readonly rate: number
  readonly isIpv6?: boolean
  /** So many addresses of the network are attacked. */
  readonly carpet?: number
  /** Comes and goes, each for so long: 6 s when it is only said that it does. */
  readonly isPulse?: boolean
  readonly pulseMs?: number
  /** The attack grows to its rate in so long. */
  readonly riseMs?: number
  /** It becomes another attack after so long, again and again: each is judged as one of its own. */
  readonly turnMs?: number
}

export const web = (host: IpAddress): readonly Traffic[] => [
  tcpClients(host, 40),
  dnsAnswers(host, 20),
  outgoingConnections(host, 5),
  background(host, 10),
]
export const small = (host: IpAddress): readonly Traffic[] => [
  tcpClients(host, 2),
  dnsAnswers(host, 3),
  background(host, 5),
]
const bulk = (host: IpAddress): readonly Traffic[] => [
  ...web(host),
  tcpClients(host, 3, { segments: [200, 900], dataShare: 0.9, pauseMs: 3 }),
]
export const calls = (host: IpAddress): readonly Traffic[] => [
  voice(host, 40),
  dnsAnswers(host, 10),
  background(host, 10),
]
export const games = (host: IpAddress): readonly Traffic[] => [
  game(host, 60),
  tcpClients(host, 5),
  background(host, 10),
]
export const modern = (host: IpAddress): readonly Traffic[] => [quic(host, 50), ...web(host)]
export const names = (host: IpAddress): readonly Traffic[] => [
  dnsQuestions(host, 800),
  dnsAnswers(host, 400),
  background(host, 10),
]
export const tunnels = (host: IpAddress): readonly Traffic[] => [
  wireguard(host, 8),
  siteTunnels(host, 600),
  background(host, 10),
]

/** Attacks and good traffic, as many kinds as are known. */
export const MIXES: readonly Mix[] = [
  { name: 'SYN, no options / web', good: web, vector: SYN_PLAIN, rate: 20_000 },
  { name: 'SYN, options of Linux / web', good: web, vector: SYN_WITH_OPTIONS, rate: 20_000 },
  { name: 'SYN, MSS only / bulk', good: bulk, vector: SYN_MSS_ONLY, rate: 40_000 },
  { name: 'SYN, any port / web', good: web, vector: SYN_ANY_PORT, rate: 20_000 },
  { name: 'SYN, one machine / web', good: web, vector: ONE_MACHINE_SYN, rate: 10_000 },
  { name: 'SYN, 1 kpps / small', good: small, vector: SYN_PLAIN, rate: 1000 },
  { name: 'SYN / web, IPv6', good: web, vector: SYN_PLAIN, rate: 20_000, isIpv6: true },
  { name: 'ACK to 443 / web', good: web, vector: ACK_FLOOD, rate: 30_000 },
  { name: 'ACK, any port / bulk', good: bulk, vector: ACK_ANY_PORT, rate: 30_000 },
  { name: 'ACK, fixed numbers / web', good: web, vector: ACK_FIXED_NUMBERS, rate: 30_000 },
  { name: 'RST / web', good: web, vector: RST_FLOOD, rate: 20_000 },
  { name: 'PSH ACK with data / modern', good: modern, vector: PSH_ACK_FLOOD, rate: 20_000 },
  { name: 'FIN PSH URG / web', good: web, vector: XMAS_FLOOD, rate: 20_000 },
  { name: 'SYN-ACK reflection / web', good: web, vector: SYN_ACK_REFLECTION, rate: 20_000 },
  { name: 'DNS amplification, fragments / web', good: web, vector: DNS_AMPLIFICATION, rate: 30_000 },
  { name: 'DNS amplification, short / names', good: names, vector: DNS_AMPLIFICATION_SHORT, rate: 30_000 },
  { name: 'DNS amplification / web, IPv6', good: web, vector: DNS_AMPLIFICATION, rate: 20_000, isIpv6: true },
  { name: 'NTP amplification / web', good: web, vector: NTP_AMPLIFICATION, rate: 40_000 },
  { name: 'NTP amplification / calls', good: calls, vector: NTP_AMPLIFICATION, rate: 20_000 },
  { name: 'SSDP amplification / games', good: games, vector: SSDP_AMPLIFICATION, rate: 20_000 },
  { name: 'memcached amplification / modern', good: modern, vector: MEMCACHED_AMPLIFICATION, rate: 50_000 },
  { name: 'CLDAP amplification, fragments / calls', good: calls, vector: CLDAP_AMPLIFICATION, rate: 20_000 },
  { name: 'SNMP amplification / tunnels', good: tunnels, vector: SNMP_AMPLIFICATION, rate: 20_000 },
  { name: 'CHARGEN, 1.5 kpps / small', good: small, vector: CHARGEN_AMPLIFICATION, rate: 1500 },
  { name: 'UDP, all random / web', good: web, vector: UDP_RANDOM, rate: 40_000 },
  { name: 'UDP, all random / games', good: games, vector: UDP_RANDOM, rate: 20_000 },
  { name: 'UDP, all random / web, IPv6', good: web, vector: UDP_RANDOM, rate: 20_000, isIpv6: true },
  { name: 'UDP, fixed size to 443 / modern', good: modern, vector: UDP_FIXED_SIZE, rate: 30_000 },
  { name: 'UDP, queries to a game / games', good: games, vector: UDP_TO_GAME, rate: 20_000 },
  { name: 'UDP, 60 bots to 53 / names', good: names, vector: UDP_BOTS, rate: 20_000 },
  { name: 'DNS questions, spoofed / names', good: names, vector: DNS_WATER_TORTURE, rate: 20_000 },
  { name: 'ICMP echo / web', good: web, vector: ICMP_ECHO, rate: 20_000 },
  { name: 'ICMPv6 echo / web, IPv6', good: web, vector: ICMP_ECHO, rate: 10_000, isIpv6: true },
  { name: 'GRE / tunnels', good: tunnels, vector: GRE_FLOOD, rate: 20_000 },
  { name: 'ESP / tunnels', good: tunnels, vector: ESP_FLOOD, rate: 20_000 },
  { name: 'later fragments / modern', good: modern, vector: FRAGMENT_FLOOD, rate: 20_000 },
  { name: 'carpet of UDP over a /24 / web', good: web, vector: UDP_FIXED_SIZE, rate: 30_000, carpet: 256 },
  { name: 'carpet of NTP over a /24, 4 kpps / calls', good: calls, vector: NTP_AMPLIFICATION, rate: 4000, carpet: 256 },
  { name: 'carpet of SYN over a /24 / web', good: web, vector: SYN_PLAIN, rate: 30_000, carpet: 256 },
  {
    name: 'carpet of UDP over a /64 / web, IPv6',
    good: web,
    vector: UDP_RANDOM,
    rate: 20_000,
    carpet: 4096,
    isIpv6: true,
  },
  { name: 'pulses of NTP / web', good: web, vector: NTP_AMPLIFICATION, rate: 30_000, isPulse: true },
  {
    name: 'SYN, NTP and ICMP together / web',
    good: web,
    vector: together(SYN_PLAIN, NTP_AMPLIFICATION, ICMP_ECHO),
    rate: 45_000,
  },
  {
    name: 'DNS, NTP, SSDP and CHARGEN together / modern',
    good: modern,
    vector: together(DNS_AMPLIFICATION, NTP_AMPLIFICATION, SSDP_AMPLIFICATION, CHARGEN_AMPLIFICATION),
    rate: 40_000,
  },
  { name: 'UDP, 5 kpps / calls', good: calls, vector: UDP_RANDOM, rate: 5000 },
]

/** The address that the good traffic goes to. */
export function hostOf({ isIpv6 }: Mix): IpAddress {
  return isIpv6 === true ? HOST_IPV6 : HOST
}

/** The attack of a mix, from a time on. */
export function attackOf(mix: Mix, startMs: number, random: RandomNumbers): Traffic | undefined {
  if (mix.vector === undefined) return undefined
  const network = mix.isIpv6 === true ? NETWORK_IPV6 : NETWORK
  const destinationOf = mix.carpet === undefined ? () => hostOf(mix) : anyOf(network, mix.carpet, random)
  const { pulseMs = PULSE_MS, riseMs = 0 } = mix
  const isOn = (timeMs: number): boolean =>
    timeMs >= startMs && (mix.isPulse !== true || Math.floor((timeMs - startMs) / pulseMs) % 2 === 0)
  const risen = (timeMs: number): number => (riseMs === 0 ? 1 : Math.min(1, (timeMs - startMs) / riseMs))
  return spray((timeMs) => (isOn(timeMs) ? mix.rate * risen(timeMs) : 0), mix.vector(random, destinationOf))
}
