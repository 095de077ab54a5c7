import type { FlowRecord } from '#detect'
import { type IpAddress, PROTOCOL } from '#wire'
import type { ProbeFacts, TargetFacts } from '../../findings/evidence.ts'
import { REFLECTORS } from '../../findings/reflectors.ts'
import { Allowance } from './allowance.ts'
import { Probe } from './probe.ts'
import { Target } from './target.ts'

const TARGETS_KEPT = 8000
const PROBES_KEPT = 8000
/** Sources, seconds and places that they remember in all. */
const ENTRIES_KEPT = 200_000
/** Only those are worth showing to rules. */
const TARGET_PACKETS_LEAST = 200
const PROBE_TRIES_LEAST = 10
const PORTS_OF_TRACEROUTE = [33_434, 33_534] as const
const TRACE_TTL_MOST = 32
/** Somebody who asks from there answers in truth: ports of servers are low. */
const EPHEMERAL_FROM = 1024

const HAS_PORTS = new Set<number>([PROTOCOL.tcp, PROTOCOL.udp])

/** Counts, over all flows of a capture, who sends how much to whom, and who tries much at many places. */
export class TrafficCensus {
  readonly #room = new Allowance(ENTRIES_KEPT)
  readonly #targets = new Map<string, Target>()
  readonly #probes = new Map<string, Probe>()

  /** `isPing`: echo requests were seen in it, and not merely errors about other packets. */
  flow(flow: FlowRecord, isPing: boolean): void {
    const { ends, sides } = flow
    const { protocol, server, client, clientPort } = ends
    // Of ICMP the port is the identifier, which is another for each ping.
    const serverPort = HAS_PORTS.has(protocol) ? ends.serverPort : 0
    const [asked, answered] = sides
    if (asked.packets === 0) this.#target(protocol, client, serverPort, 'answers').addAnswers(flow)
    else if (protocol === PROTOCOL.udp && answered.packets === 0 && isLikeAnswer(clientPort, serverPort)) {
      this.#target(protocol, server, clientPort, 'answers').addReversed(flow)
    }
    if (asked.packets === 0) return
    this.#target(protocol, server, serverPort, 'port').add(flow)
    if (protocol === PROTOCOL.udp) this.#target(protocol, server, 0, 'host').add(flow)
    if (isTraceroute(flow) || (!HAS_PORTS.has(protocol) && !isPing)) return
    this.#probe(`p ${protocol} ${String(client)} ${String(server)}`, {
      by: 'ports',
      protocol,
      source: client,
      target: server,
      port: undefined,
    })?.add(flow, serverPort)
    this.#probe(`h ${protocol} ${String(client)} ${serverPort}`, {
      by: 'hosts',
      protocol,
      source: client,
      target: undefined,
      port: serverPort,
    })?.add(flow, server)
  }

  #target(protocol: number, address: IpAddress, port: number, what: 'port' | 'host' | 'answers'): Target {
    const key = `${what} ${protocol} ${String(address)} ${port}`
    const known = this.#targets.get(key)
    if (known !== undefined) return known
    const target = new Target(protocol, address, port, this.#room)
    if (this.#targets.size >= TARGETS_KEPT) this.#forget(this.#targets, ({ flows }) => flows)
    if (this.#targets.size < TARGETS_KEPT) this.#targets.set(key, target)
    return target
  }

  #probe(key: string, what: ConstructorParameters<typeof Probe>[0]): Probe | undefined {
    const known = this.#probes.get(key)
    if (known !== undefined) return known
    if (this.#probes.size >= PROBES_KEPT) this.#forget(this.#probes, ({ tried }) => tried)
    if (this.#probes.size >= PROBES_KEPT) return undefined
    const probe = new Probe(what, this.#room)
    this.#probes.set(key, probe)
    return probe
  }

  /** Makes room: half of them go, those with the fewest flows or tries. */
  #forget<Counted extends { readonly entries: number }>(
    counted: Map<string, Counted>,
    count: (one: Counted) => number,
  ): void {
    const middle = [...counted.values()].map(count).sort((a, b) => a - b)[counted.size >> 1]
    let room = counted.size >> 1
    for (const [key, one] of counted) {
      if (room === 0) return
      if (count(one) > middle) continue
      counted.delete(key)
      this.#room.give(one.entries)
      room--
    }
  }

  targets(): TargetFacts[] {
    return [...this.#targets.values()].filter(
      ({ packetsIn, packetsOut }) => packetsIn + packetsOut >= TARGET_PACKETS_LEAST,
    )
  }

  probes(): ProbeFacts[] {
    return [...this.#probes.values()].filter(({ tried }) => tried >= PROBE_TRIES_LEAST)
  }
}

/** Attackers choose where answers go, and like the ports of other services. */
function isLikeAnswer(fromPort: number, toPort: number): boolean {
  return fromPort < EPHEMERAL_FROM ? toPort >= EPHEMERAL_FROM : REFLECTORS.has(fromPort) && !REFLECTORS.has(toPort)
}

function isTraceroute({ ends, sides: [asked] }: FlowRecord): boolean {
  if (asked.smallestTimeToLive > TRACE_TTL_MOST) return false
  return (
    ends.protocol !== PROTOCOL.udp ||
    (ends.serverPort >= PORTS_OF_TRACEROUTE[0] && ends.serverPort <= PORTS_OF_TRACEROUTE[1])
  )
}
