import type { CaptureComparison } from '../comparison/compare-captures.ts'
import type { ReadingProgress } from '../reading/read-capture.ts'
import type { CaptureReport } from './capture-report.ts'

/** One capture that is to be analysed: a file or standard input as `-`, or bytes in memory. */
export type AnalysisSource = { readonly path: string; readonly keyLog?: Uint8Array } | { readonly bytes: Uint8Array }

/** What an analysis thread is to do: analyse one capture, or say what differs between two files. */
export type AnalysisTask =
  | { readonly kind: 'analyze'; readonly source: AnalysisSource }
  | { readonly kind: 'compare'; readonly paths: readonly [string, string]; readonly keyLog?: Uint8Array }

/** What it answers to each task. */
export interface AnalysisAnswers {
  readonly analyze: CaptureReport
  readonly compare: CaptureComparison
}

/** What an analysis thread says. After `answer` or `refusal` it says nothing more. */
export type AnalysisMessage<Answer> =
  | { readonly kind: 'progress'; readonly reading: ReadingProgress; readonly packets: number; readonly path: string }
  | { readonly kind: 'answer'; readonly answer: Answer }
  /** A source cannot be read, or is no capture. */
  | { readonly kind: 'refusal'; readonly message: string; readonly remedy: string | undefined }
