/** A side door of this floor: what commands about captures need, without the corpora, comparison and replay of events. */
export { analyzeCaptureApart } from './capture/analysis/analyze-apart.ts'
export type { CaptureReport } from './capture/analysis/capture-report.ts'
export { compareCapturesApart } from './capture/comparison/compare-captures-apart.ts'
export { type ExportedAt, readExportedFlows } from './capture/exports/exported-flows.ts'
export { ExportReader } from './capture/exports/export-reader.ts'
export { flowLine } from './capture/exports/flow-line.ts'
export { counted } from './findings/figures.ts'
export { readCapture } from './capture/reading/read-capture.ts'
