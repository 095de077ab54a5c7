/**
 * A side door of this floor: what reads captures, without the engines that judge requests. A thread that loads all of
 * them holds twenty megabytes more.
 */
export { FlowFacts } from './flow-export/facts.ts'
export { FLOW_READERS } from './flow-export/readers.ts'
export { FlowAnalyzer, keepFlow } from './flows/index.ts'
export { ProtocolDissectors } from './protocols/protocol-dissectors.ts'
