import type { ReadingProgress } from '../reading/read-capture.ts'
import type { CaptureReport } from './capture-report.ts'

/** What an analysis thread is to analyse: a file, standard input as `-`, or bytes in memory. */
export type AnalysisSource = { readonly path: string } | { readonly bytes: Uint8Array }

/** What an analysis thread says. After `report` or `refusal` it says nothing more. */
export type AnalysisMessage =
  | { readonly kind: 'progress'; readonly reading: ReadingProgress; readonly packets: number }
  | { readonly kind: 'report'; readonly report: CaptureReport }
  /** The source cannot be read, or is no capture. */
  | { readonly kind: 'refusal'; readonly message: string; readonly remedy: string | undefined }
