import type {
  ArpSeen,
  DnsTransaction,
  FlowRecord,
  FlowSink,
  FragmentFault,
  HttpTransaction,
  IcmpError,
  PacketVerdict,
  ProtocolFault,
  ProtocolGuess,
  QuicSession,
  TlsSession,
  Transaction,
  TransactionSink,
} from '#detect'
import { type CapturedPacket, type CaptureNote, type IpAddress, type Packet, PROTOCOL } from '#wire'
import type { Baselines, Evidence } from '../../findings/evidence.ts'
import { median, roundTripNs } from '../../findings/figures.ts'
import { ExportWatch } from '../exports/export-watch.ts'
import { CaptureWatch } from './capture-watch.ts'
import { ChecksumWatch } from './checksum-watch.ts'
import { DhcpWatch } from './dhcp-watch.ts'
import { DnsNameWatch } from './dns-name-watch.ts'
import { EchoWatch } from './echo-watch.ts'
import { KeptFlows } from './kept-flows.ts'
import { LoopWatch } from './loop-watch.ts'
import { NeighborWatch } from './neighbor-watch.ts'
import { TrafficCensus } from './traffic-census.ts'
import { TrafficSummary } from './traffic-summary.ts'

/** Of each kind of transaction so many are remembered. */
const TRANSACTIONS_KEPT = 5000
/** Of messages of HTTP also only so many bytes: their heads stay with them. */
const HEAD_BYTES_KEPT = 16_777_216
const ERRORS_KEPT = 5000
const ADDRESSES_KEPT = 50_000
const SAMPLES_LEAST = 5

/** Takes everything that is found while a capture is read, and gives what findings rest on. Bounded in memory. */
export class EvidenceCollector implements FlowSink, TransactionSink {
  readonly capture = new CaptureWatch()
  readonly summary = new TrafficSummary()
  readonly #flows = new KeptFlows()
  readonly #neighbors = new NeighborWatch()
  readonly #loops = new LoopWatch()
  readonly #dhcp = new DhcpWatch()
  readonly #echoes = new EchoWatch()
  readonly #names = new DnsNameWatch()
  readonly #checksums = new ChecksumWatch()
  readonly #census = new TrafficCensus()
  readonly #exports = new ExportWatch()
  #endNs = 0
  readonly #alive = new Set<IpAddress>()
  readonly #icmpErrors: IcmpError[] = []
  readonly #fragmentFaults: FragmentFault[] = []
  readonly #dns: DnsTransaction[] = []
  readonly #tls: TlsSession[] = []
  readonly #http: HttpTransaction[] = []
  #headBytes = 0
  readonly #quic: QuicSession[] = []
  readonly #faults: ProtocolFault[] = []
  readonly #protocols = new Map<number, ProtocolGuess>()

  /** A frame as its file has it, before the analysis of its flow. */
  captured(captured: CapturedPacket, outer: Packet): void {
    this.capture.packet(captured, outer)
  }

  onPacket(packet: Packet, { frame, timeNs, flow, isDuplicate }: PacketVerdict): void {
    if (timeNs > this.#endNs) this.#endNs = timeNs
    if (isDuplicate) {
      this.capture.duplicate(frame)
      return
    }
    const { transport } = packet
    this.#loops.packet(packet, frame)
    if (transport === PROTOCOL.tcp) this.#checksums.packet(packet, frame, flow)
    else if (transport === PROTOCOL.udp) {
      this.#dhcp.packet(packet, frame, timeNs)
      this.#names.packet(packet, frame, timeNs, flow)
      this.#exports.packet(packet, frame, flow)
    } else if (transport === PROTOCOL.icmp || transport === PROTOCOL.icmpv6) {
      this.#echoes.packet(packet, frame, timeNs, flow)
      this.#neighbors.packet(packet, frame, timeNs)
    }
  }

  onArp(seen: ArpSeen): void {
    this.#neighbors.arp(seen)
  }

  onIcmpError(error: IcmpError): void {
    if (this.#icmpErrors.length < ERRORS_KEPT) this.#icmpErrors.push({ ...error })
  }

  onFragmentFault(fault: FragmentFault): void {
    if (this.#fragmentFaults.length < ERRORS_KEPT) this.#fragmentFaults.push({ ...fault })
  }

  onFlow(flow: FlowRecord): void {
    const { ends, sides } = flow
    this.#flows.add(flow)
    this.#census.flow(flow, this.#echoes.has(ends.id))
    this.summary.flow(flow, this.#protocols.get(ends.id))
    if (this.#alive.size >= ADDRESSES_KEPT) return
    if (sides[0].packets > 0) this.#alive.add(ends.client)
    if (sides[1].packets > 0) this.#alive.add(ends.server)
  }

  transaction(transaction: Transaction): void {
    switch (transaction.kind) {
      case 'dns':
        return keep(this.#dns, transaction)
      case 'tls':
        return keep(this.#tls, transaction)
      case 'http':
        return this.#keepHttp(transaction)
      case 'quic':
        return keep(this.#quic, transaction)
      case 'fault':
        return keep(this.#faults, transaction)
      case 'protocol':
        if (this.#protocols.size < TRANSACTIONS_KEPT) this.#protocols.set(transaction.flow, transaction)
    }
  }

  #keepHttp(transaction: HttpTransaction): void {
    const { request, response } = transaction
    const headBytes = (request?.headBytes ?? 0) + (response?.headBytes ?? 0)
    if (this.#headBytes + headBytes > HEAD_BYTES_KEPT) return
    this.#headBytes += headBytes
    keep(this.#http, transaction)
  }

  /** What was gathered, at the end of the capture. */
  evidence(notes: readonly CaptureNote[]): Evidence {
    const flows = this.#flows.all()
    return {
      capture: this.capture.facts(notes),
      endNs: this.#endNs,
      flows,
      flowCount: this.#flows.count,
      flow: (id) => this.#flows.get(id),
      dns: this.#dns,
      tls: this.#tls,
      http: this.#http,
      quic: this.#quic,
      protocols: [...this.#protocols.values()],
      protocolOf: (flow) => this.#protocols.get(flow),
      protocolFaults: [...this.#faults, ...this.#nameLoops()],
      icmpErrors: this.#icmpErrors,
      fragmentFaults: this.#fragmentFaults,
      neighbors: this.#neighbors.facts(
        (address) => this.#alive.has(address),
        (address, firstRequestNs) => this.#dhcp.isOfferedAfter(address, firstRequestNs),
      ),
      arpPeak: this.#neighbors.arpPeak,
      echoes: this.#echoes.facts(),
      loops: this.#loops.facts(),
      dhcp: this.#dhcp.facts(),
      targets: this.#census.targets(),
      probes: this.#census.probes(),
      badChecksums: this.#checksums.facts(),
      baselines: this.#baselines(flows),
      exports: this.#exports.facts(),
    }
  }

  /** Loops that the dissector did not meet, because it had no use for those names. */
  #nameLoops(): ProtocolFault[] {
    const known = new Set(this.#faults.map(({ frame }) => frame))
    return this.#names.loops.flatMap(({ frame, timeNs, flow, isAnswer }): ProtocolFault[] => {
      const ends = this.#flows.get(flow)?.ends
      if (ends === undefined || known.has(frame)) return []
      return [
        {
          kind: 'fault',
          fault: 'dns-compression-loop',
          protocol: 'dns',
          from: isAnswer ? 'server' : 'client',
          detail: 'a compressed name leads to itself or onwards',
          flow,
          client: { address: ends.client, port: ends.clientPort },
          server: { address: ends.server, port: ends.serverPort },
          frame,
          timeNs,
        },
      ]
    })
  }

  #baselines(flows: readonly FlowRecord[]): Baselines {
    const known = (values: readonly (number | undefined)[]): number | undefined => {
      const measured = values.filter((value) => value !== undefined)
      return measured.length < SAMPLES_LEAST ? undefined : median(measured)
    }
    return {
      roundTripNs: known(flows.map(roundTripNs)),
      serverThinkNs: known(this.#http.map(({ serverNs }) => serverNs)),
      dnsLatencyNs: known(this.#dns.map(({ serverLatencyNs }) => serverLatencyNs)),
    }
  }
}

function keep<Kept>(list: Kept[], transaction: Kept): void {
  if (list.length < TRANSACTIONS_KEPT) list.push(transaction)
}
