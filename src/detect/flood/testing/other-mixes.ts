import type { IpAddress } from '#wire'
import { fromAnywhere } from './anywhere.ts'
import { ICMP_ECHO, NTP_AMPLIFICATION, SYN_ACK_REFLECTION, SYN_PLAIN, together, UDP_RANDOM } from './attacks.ts'
import { background, dnsAnswers, tcpClients } from './good-traffic.ts'
import { calls, games, type Mix, modern, names, small, tunnels, web } from './mixes.ts'
import {
  ACK_BOTS,
  ANY_FLAGS,
  ANY_PROTOCOL,
  DNS_RANDOM_NAMES,
  FIRST_FRAGMENTS,
  fromClients,
  GAME_LIKE,
  ICMP_ERRORS,
  inTurn,
  IPV6_EXTENSIONS,
  PUSH_BOTS,
  QUIC_INITIAL,
  QUIC_SHORT,
  RST_ACK_443,
  SIP_INVITE,
  STUN_REQUEST,
  SYN_200_BOTS,
  SYN_5000_BOTS,
  SYN_LIKE_CLIENTS,
  SYN_NEIGHBOURS,
  UDP_2000_BOTS,
  UDP_443_ANY_SIZE,
  UDP_NEIGHBOURS,
  UDP_ONE_BYTE,
  UNKNOWN_AMPLIFICATION,
  WIREGUARD_INITIATION,
  WS_DISCOVERY,
} from './other-attacks.ts'
import type { Traffic } from './traffic.ts'

const CROWD_FACTOR = 8

/** Many people come at the moment at which the attack begins. */
const crowd = (host: IpAddress, attackFromMs: number): readonly Traffic[] => [
  tcpClients(host, (timeMs) => (timeMs < attackFromMs ? 40 : 40 * CROWD_FACTOR)),
  dnsAnswers(host, 20),
  background(host, 10),
]

const TURN_MS = 4000
const TURN_RATE = 20_000
/** What was another attack a moment ago. */
const inTurnEach = inTurn((TURN_RATE * TURN_MS) / 1000, SYN_PLAIN, NTP_AMPLIFICATION, ICMP_ECHO)

/** Attacks that the engine was not made with. */
export const OTHER_MIXES: readonly Mix[] = [
  { name: 'SYN, 200 bots / web', good: web, vector: SYN_200_BOTS, rate: 20_000 },
  { name: 'SYN, 5000 bots / web', good: web, vector: SYN_5000_BOTS, rate: 20_000 },
  { name: 'SYN, bots beside good clients / web', good: web, vector: SYN_NEIGHBOURS, rate: 10_000 },
  { name: 'SYN like those of clients / web', good: web, vector: SYN_LIKE_CLIENTS, rate: 20_000 },
  { name: 'ACK, 2000 bots / web', good: web, vector: ACK_BOTS, rate: 20_000 },
  { name: 'PSH ACK, 500 bots / modern', good: modern, vector: PUSH_BOTS, rate: 20_000 },
  { name: 'TCP, any flags / web', good: web, vector: ANY_FLAGS, rate: 20_000 },
  { name: 'RST ACK to 443 / modern', good: modern, vector: RST_ACK_443, rate: 20_000 },
  { name: 'UDP to 443, any size / web', good: web, vector: UDP_443_ANY_SIZE, rate: 30_000 },
  { name: 'UDP to 443, any size / modern', good: modern, vector: UDP_443_ANY_SIZE, rate: 30_000 },
  { name: 'QUIC Initial / modern', good: modern, vector: QUIC_INITIAL, rate: 20_000 },
  { name: 'QUIC short / modern', good: modern, vector: QUIC_SHORT, rate: 20_000 },
  { name: 'UDP, 2000 bots / modern', good: modern, vector: UDP_2000_BOTS, rate: 10_000 },
  { name: 'DNS, random names by resolvers / names', good: names, vector: DNS_RANDOM_NAMES, rate: 20_000 },
  { name: 'DNS, bots beside good clients / names', good: names, vector: UDP_NEIGHBOURS, rate: 15_000 },
  { name: 'SIP / calls', good: calls, vector: SIP_INVITE, rate: 20_000 },
  { name: 'STUN / calls', good: calls, vector: STUN_REQUEST, rate: 20_000 },
  { name: 'like a game / games', good: games, vector: GAME_LIKE, rate: 20_000 },
  { name: 'like a game, of clients / games', good: games, vector: fromClients(GAME_LIKE), rate: 20_000 },
  { name: 'QUIC short, of clients / modern', good: modern, vector: fromClients(QUIC_SHORT), rate: 20_000 },
  { name: 'like a game / games of all the world', good: fromAnywhere(games), vector: GAME_LIKE, rate: 20_000 },
  { name: 'QUIC Initial / modern of all the world', good: fromAnywhere(modern), vector: QUIC_INITIAL, rate: 20_000 },
  { name: 'UDP to 443 / modern of all the world', good: fromAnywhere(modern), vector: UDP_443_ANY_SIZE, rate: 20_000 },
  { name: 'SYN / web of all the world', good: fromAnywhere(web), vector: SYN_PLAIN, rate: 20_000 },
  { name: 'WireGuard / tunnels', good: tunnels, vector: WIREGUARD_INITIATION, rate: 20_000 },
  { name: 'UDP, tiny / small', good: small, vector: UDP_ONE_BYTE, rate: 20_000 },
  { name: 'unknown amplification / web', good: web, vector: UNKNOWN_AMPLIFICATION, rate: 20_000 },
  { name: 'WS-Discovery amplification / calls', good: calls, vector: WS_DISCOVERY, rate: 20_000 },
  { name: 'extension headers / web, IPv6', good: web, vector: IPV6_EXTENSIONS, rate: 20_000, isIpv6: true },
  { name: 'ICMPv6 errors / web, IPv6', good: web, vector: ICMP_ERRORS, rate: 15_000, isIpv6: true },
  { name: 'ICMP errors / web', good: web, vector: ICMP_ERRORS, rate: 15_000 },
  { name: 'first fragments / modern', good: modern, vector: FIRST_FRAGMENTS, rate: 20_000 },
  { name: 'any protocol / tunnels', good: tunnels, vector: ANY_PROTOCOL, rate: 20_000 },
  { name: 'SYN and UDP together / modern', good: modern, vector: together(SYN_PLAIN, UDP_443_ANY_SIZE), rate: 30_000 },
  { name: 'SYN beside a crowd / crowd', good: crowd, vector: SYN_PLAIN, rate: 20_000 },
  { name: 'UDP beside a crowd / crowd', good: crowd, vector: UDP_RANDOM, rate: 20_000 },
  { name: 'carpet of SYN-ACK / web', good: web, vector: SYN_ACK_REFLECTION, rate: 20_000, carpet: 256 },
  { name: 'carpet of ICMP / web', good: web, vector: ICMP_ECHO, rate: 10_000, carpet: 256 },
  { name: 'short pulses of UDP / calls', good: calls, vector: UDP_RANDOM, rate: 20_000, isPulse: true, pulseMs: 1500 },
  { name: 'SYN, then NTP, then ICMP / web', good: web, vector: inTurnEach, rate: TURN_RATE, turnMs: TURN_MS },
  { name: 'NTP that grows / modern', good: modern, vector: NTP_AMPLIFICATION, rate: 20_000, riseMs: 4000 },
  { name: 'ACK that grows / web', good: web, vector: ACK_BOTS, rate: 20_000, riseMs: 4000 },
]
