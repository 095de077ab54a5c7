export { type ChildProcess, listenToParent, startChild } from './child-process.ts'
export { CertificateStore, type CertificateFiles, type CertificateWarning } from './certificates.ts'
export type { ConnectionFacts, TlsFacts } from './connection-facts.ts'
export type { ConnectionFault, ConnectionFaultName } from './connection-fault.ts'
export { type Admission, ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.ts'
export { type ControlHandler, type ControlServer, createControlServer } from './control-server.ts'
export { type Dissection, DISSECTED_FRAMES_LIMIT, type DissectionForm, dissectFrames } from './dissect-frames.ts'
export { type DatagramReceiver, receiveDatagrams } from './datagrams.ts'
export {
  createDialer,
  type DialCallbacks,
  type Dialer,
  type DialFailure,
  type DialFailureKind,
  type DialTarget,
} from './dial.ts'
export type { Http2SessionLimits } from './http2-session.ts'
export { type ConnectionHandlers, listen, type ListenContext, type Listener, type ListenerOptions } from './listener.ts'
export {
  type BatchEntries,
  BpfMap,
  deleteBatch,
  detachLink,
  EgressLink,
  listEgressPrograms,
  type ProgramLink,
  type ProgramType,
  listXdpLinks,
  LoadedProgram,
  loadProgram,
  type MapKind,
  type MapSpec,
  possibleProcessors,
  readEntries,
  receiveFrames,
  type RecordVisitor,
  RingBuffer,
  TestRun,
  updateBatch,
  type UpdateMode,
  type XdpAttachment,
  XdpLink,
  type XdpMode,
} from './bpf/index.ts'
export {
  bringUp,
  listInterfaces,
  nativeXdpSupport,
  NetlinkSocket,
  networkCookie,
  type NetworkInterface,
  otherEndOf,
  renameInterface,
  routeAllHere,
} from './netlink/index.ts'
export {
  applyNft,
  changeElements,
  deleteTable,
  type ElementChange,
  fillSet,
  hasTable,
  listNft,
  type LoggedPacket,
  type NftCounter,
  type NftFamily,
  type NftObject,
  type NftSet,
  PacketLog,
  type PacketLogOptions,
  readCounters,
  refusalOfNft,
  type SetKeys,
  type TableContents,
  tableContents,
} from './nft/index.ts'
export { enterOwnNetwork, TapDevice } from './tap/index.ts'
export {
  type FrameVisitor,
  PacketSocket,
  type PacketSocketOptions,
  type PacketStatistics,
  type RingFrame,
} from './packet-socket/index.ts'
