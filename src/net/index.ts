export { type ChildProcess, listenToParent, startChild } from './child-process.ts'
export { CertificateStore, type CertificateFiles, type CertificateWarning } from './certificates.ts'
export type { ConnectionFacts, TlsFacts } from './connection-facts.ts'
export type { ConnectionFault, ConnectionFaultName } from './connection-fault.ts'
export { type Admission, ConnectionLimits, type ConnectionLimitOptions } from './connection-limits.ts'
export { type ControlHandler, type ControlServer, createControlServer } from './control-server.ts'
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
  detachXdpLink,
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
export { applyNft, listNft, refusalOfNft } from './nft/index.ts'
