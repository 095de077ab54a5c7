export { type Column, COLUMNS, columnType, FIELD_COLUMNS, isNested } from './columns.ts'
export { createEventEncoder, type EventEncoder } from './encoder.ts'
export {
  type Event,
  EVENT_KINDS,
  type EventHead,
  type EventKind,
  type Omission,
  RECORDED_KINDS,
  type RecordedKind,
  type SystemEvent,
  type SystemLevel,
} from './event.ts'
export { EVENT_READERS, isRecorded, omissionSources, recordedIn } from './event-readers.ts'
export { EventRecorder, type EventRecorderOptions, type SpoolCounters } from './recorder.ts'
export { Redactor } from './redaction.ts'
export { type RedactionNames, RedactionTable, type Treatment } from './redaction-table.ts'
export { countRows } from './row-text.ts'
export { parseSegmentFile, parseSegmentHeader, type SegmentName } from './spool-segment.ts'
export { openPayload, PayloadSealer } from './sealed-payload.ts'
export { recoverSpool } from './spool-recovery.ts'
export { SpoolUsage } from './spool-usage.ts'
export { SpoolWriter, type SpoolWriterOptions } from './spool-writer.ts'
export { SystemLog } from './system-log.ts'
export { matchesJson, ruleIdJson, type StoredMatch } from './waf-matches.ts'
export { createWriterName, isWriterOfThisThread, isWriterOfWorker } from './writer-name.ts'
export { SAMPLE_READERS, sampleFacts, type SampleFacts, sampleHead } from './testing/sample-request.ts'
export type { SharedColumns } from './shared-columns.ts'
