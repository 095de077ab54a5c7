export type {
  Collateral,
  ConditionEvidence,
  FloodAttack,
  FloodChange,
  FloodCounter,
  FloodEngine,
  FloodMemory,
  FloodMode,
  FloodProfile,
  FloodSample,
  FloodSensitivity,
  FloodSettings,
  FloodStep,
  FloodThresholds,
  FloodVeto,
  VetoedRule,
  Mitigation,
  MitigationAction,
  MitigationEnd,
  MitigationEvidence,
  MitigationLimit,
} from './flood/contract.ts'
export { createFloodEngine } from './flood/engine.ts'
export { FLOOD_CLASSES, type FloodClass } from './flood/flood-class.ts'
export type {
  ArpSeen,
  CloseKind,
  DatagramDissector,
  Direction,
  DissectorFactory,
  Durations,
  FlowAnalyzerOptions,
  FlowEnds,
  FlowRecord,
  FlowSide,
  FlowSink,
  FlowTunnel,
  FragmentFault,
  FrameTime,
  Handshake,
  IcmpError,
  Moment,
  PacketVerdict,
  QuotedPacket,
  ResetSeen,
  SegmentLosses,
  StreamDissector,
  StubbornSegment,
  TcpFlag,
} from './flows/index.ts'
export { FlowAnalyzer, keepFlow, TCP_FLAG, TCP_FLAGS, tcpFlagNames } from './flows/index.ts'
export { FlowFacts } from './flow-export/facts.ts'
export { FLOW_READERS } from './flow-export/readers.ts'
export { loadGeoTables } from './geo/load-tables.ts'
export { GeoLookup } from './geo/lookup.ts'
export { type CompiledWaf, compileWaf, type WafSource } from './waf/compile.ts'
export { profileOf as wafProfile } from './waf/engine/profile.ts'
export { classOfRule } from './waf/engine/rule-class.ts'
export type { Waf, WafInspection } from './waf/inspection.ts'
export { createManagedRules, MANAGED_RULES, type ManagedRules, VALUE_DETECTORS } from './waf/managed/index.ts'
export type { RequestSample, ResponseSample, Sample } from './waf/managed/sample.ts'
export { escapeBytes, sampleRequest, sampleResponse } from './waf/managed/sample-request.ts'
export type { WafBody, WafRequest, WafResponse } from './waf/message.ts'
export { RequestParts } from './waf/parts/request-parts.ts'
export { BLOCK_WEIGHT } from './waf/score.ts'
export {
  WAF_CLASSES,
  type WafClass,
  type WafException,
  type WafMode,
  type WafRuleSet,
  type WafSensitivity,
  type WafSettings,
} from './waf/settings.ts'
export type { WafCoverage, WafInterruption, WafMatch, WafVerdict } from './waf/verdict.ts'
export { type PumpFinding, pumpSearch } from './waf/regex/pump-search.ts'
export { loadSecRules, type SecRule, type SecRuleSet } from './waf/seclang/index.ts'
export { createWaf } from './waf/waf.ts'
export { PACKET_READERS } from './packet/readers.ts'
export type {
  DnsAnswer,
  DnsExtendedError,
  DnsQuestion,
  DnsTransaction,
  Endpoint,
  FaultName,
  HttpAmbiguity,
  HttpMessage,
  HttpRequest,
  HttpResponse,
  HttpTransaction,
  OfFlow,
  ProtocolFault,
  ProtocolGuess,
  ProtocolName,
  QuicClose,
  QuicSession,
  Seen,
  Side,
  TlsAlert,
  TlsCertificate,
  TlsCertificateChain,
  TlsClientHello,
  TlsHelloRetryRequest,
  TlsServerHello,
  TlsSession,
  Transaction,
  TransactionSink,
} from './protocols/index.ts'
export { CAPTURE_READERS, ProtocolDissectors, TRANSACTION_READERS } from './protocols/index.ts'
