export type {
  ArpSeen,
  DatagramDissector,
  Direction,
  DissectorFactory,
  FlowEnds,
  FlowSink,
  FlowTunnel,
  FragmentFault,
  IcmpError,
  Moment,
  PacketVerdict,
  QuotedPacket,
  StreamDissector,
} from './contract.ts'
export { FlowAnalyzer, type FlowAnalyzerOptions } from './flow-analyzer.ts'
export type {
  CloseKind,
  Durations,
  FlowRecord,
  FlowSide,
  FrameTime,
  Handshake,
  ResetSeen,
  SegmentLosses,
  StubbornSegment,
} from './flow-record.ts'
export { keepFlow } from './keep-flow.ts'
export { TCP_FLAG, TCP_FLAGS, type TcpFlag, tcpFlagNames } from './tcp-flag.ts'
