export { type DecodedDatagram, type ExporterCounters, FlowExportDecoder } from './decoder.ts'
export type { ExporterMemory } from './exporter.ts'
export { type FlowProtocol, FlowRecord, type FlowVisitor } from './flow-record.ts'
