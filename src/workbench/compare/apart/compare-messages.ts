import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode, ErrorSource } from '#kernel'
import type { CompareOptions } from '../compare.ts'
import type { CompareReport, CompareStep } from '../report.ts'
import type { SideSource } from './side-source.ts'

/** What is to be compared. */
export interface CompareTask {
  readonly bad: SideSource
  readonly good: SideSource
  readonly options: Pick<CompareOptions, 'kind' | 'labels' | 'seed'>
}

/** What a comparing thread is started with. */
export interface CompareStart extends CompareTask {
  /** Of `EventStore.connect`. */
  readonly storePort: MessagePort | undefined
}

/** What a comparing thread says. */
export type CompareMessage =
  | { readonly kind: 'step'; readonly step: CompareStep }
  | { readonly kind: 'report'; readonly report: CompareReport }
  | { readonly kind: 'refusal'; readonly refusal: Refusal }

/** An error of ours in a form that can be posted. */
export interface Refusal {
  readonly code: ErrorCode
  readonly message: string
  readonly source: ErrorSource
  readonly retry: boolean
  readonly remedy: string | undefined
}
