import type {
  DnsTransaction,
  FlowRecord,
  FragmentFault,
  HttpTransaction,
  IcmpError,
  ProtocolFault,
  ProtocolGuess,
  QuicSession,
  TlsSession,
} from '#detect'
import type { CaptureNote, IpAddress } from '#wire'
import type { ExportFacts } from './export-facts.ts'

/** What is known of the file and of how it was made. */
export interface CaptureFacts {
  readonly packets: number
  /** On the wire. */
  readonly bytes: number
  readonly firstTime: Date | undefined
  readonly durationNs: number
  readonly notes: readonly CaptureNote[]
  readonly interfaces: readonly {
    readonly name: string | undefined
    readonly linkType: number
    readonly snapBytes: number
  }[]
  /** Frames of which the capture kept only the beginning, and those whose headers are not whole. */
  readonly snapped: FrameCount
  readonly headersSnapped: FrameCount
  /** Frames whose headers contradict themselves. */
  readonly malformed: FrameCount
  /** Frames that are earlier than the one before them, by more than a few milliseconds. */
  readonly backwards: FrameCount & { readonly largestNs: number }
  /** Frames that show an earlier one again. */
  readonly duplicates: FrameCount
  /** What the capturing program says that it missed; undefined when it says nothing. */
  readonly droppedByCapture: number | undefined
  readonly unknownLinkTypes: FrameCount
}

/** How many frames, and the first of them. */
export interface FrameCount {
  readonly count: number
  readonly frames: readonly number[]
}

/** Addresses that were asked for by ARP or neighbor solicitation, and who answered. */
export interface NeighborFacts {
  readonly address: IpAddress
  readonly requests: number
  readonly requestFrames: readonly number[]
  readonly firstRequestNs: number
  /** Answers and announcements by MAC, in order of first sight. */
  readonly claims: readonly NeighborClaim[]
  /** Packets with this source address were seen. */
  readonly isAlive: boolean
}

export interface NeighborClaim {
  readonly mac: string
  readonly count: number
  readonly frames: readonly number[]
  readonly firstNs: number
  readonly lastNs: number
}

/** Echo requests of one conversation. */
export interface EchoFacts {
  readonly flow: number
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly requests: number
  readonly replies: number
  readonly requestFrames: readonly number[]
  readonly firstNs: number
  readonly lastNs: number
}

/** A packet that came by again with a smaller TTL. */
export interface LoopFacts {
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly frames: readonly number[]
  /** How often one packet was seen at most. */
  readonly rounds: number
}

/** A DHCP client's attempts. */
export interface DhcpFacts {
  readonly mac: string
  readonly requests: number
  readonly answers: number
  readonly refusals: number
  readonly requestFrames: readonly number[]
  readonly refusalFrames: readonly number[]
  readonly firstNs: number
  readonly lastNs: number
}

/** Counters of everything that was sent to one port of a host, or from one host to others, for floods and scans. */
export interface TargetFacts {
  readonly protocol: number
  readonly address: IpAddress
  readonly port: number
  readonly flows: number
  /** Connections that came about, or datagrams that were answered. */
  readonly answered: number
  /** TCP without handshake. */
  readonly stray: number
  /** SYN without the client's acknowledgement behind it. */
  readonly halfOpen: number
  readonly packetsIn: number
  readonly bytesIn: number
  readonly packetsOut: number
  readonly bytesOut: number
  /** Different sources, counted up to a limit. */
  readonly sources: number
  readonly firstNs: number
  readonly lastNs: number
  /** Flows of the busiest second. */
  readonly peakFlows: number
  /** Packets of the busiest second towards the target. */
  readonly peakPackets: number
  readonly frames: readonly number[]
}

/** What one host tried at others. */
export interface ProbeFacts {
  readonly source: IpAddress
  readonly protocol: number
  /** One target with many ports, or one port of many targets. */
  readonly by: 'ports' | 'hosts'
  /** The target of many ports. */
  readonly target: IpAddress | undefined
  /** The port at many targets. */
  readonly port: number | undefined
  readonly tried: number
  readonly failed: number
  /** Tried with odd flags: FIN, NULL, XMAS, ACK. */
  readonly stealthy: number
  readonly firstNs: number
  readonly lastNs: number
  readonly frames: readonly number[]
}

/** Figures that others are compared with; undefined when too little was measured. */
export interface Baselines {
  readonly roundTripNs: number | undefined
  readonly serverThinkNs: number | undefined
  readonly dnsLatencyNs: number | undefined
}

/** Everything that findings rest on. Lists are bounded; what did not fit is counted. */
export interface Evidence {
  readonly capture: CaptureFacts
  /** When the last packet came, as flows count time. */
  readonly endNs: number
  /** In the order of their beginnings. */
  readonly flows: readonly FlowRecord[]
  readonly flowCount: number
  readonly flow: (id: number) => FlowRecord | undefined
  readonly dns: readonly DnsTransaction[]
  readonly tls: readonly TlsSession[]
  readonly http: readonly HttpTransaction[]
  readonly quic: readonly QuicSession[]
  readonly protocols: readonly ProtocolGuess[]
  readonly protocolOf: (flow: number) => ProtocolGuess | undefined
  readonly protocolFaults: readonly ProtocolFault[]
  readonly icmpErrors: readonly IcmpError[]
  readonly fragmentFaults: readonly FragmentFault[]
  readonly neighbors: readonly NeighborFacts[]
  /** ARP requests of the busiest second. */
  readonly arpPeak: FrameCount
  readonly echoes: readonly EchoFacts[]
  readonly loops: readonly LoopFacts[]
  readonly dhcp: readonly DhcpFacts[]
  readonly targets: readonly TargetFacts[]
  readonly probes: readonly ProbeFacts[]
  /** Segments with payload whose checksum is wrong although others of their sender are right. */
  readonly badChecksums: FrameCount & { readonly flows: ReadonlySet<number> }
  readonly baselines: Baselines
  /** Undefined when there are no flow exports. */
  readonly exports: ExportFacts | undefined
}
