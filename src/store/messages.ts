import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode, ErrorSource } from '#kernel'
import type { EventStoreOptions } from './event-store.ts'
import type { Plan } from './plan.ts'

/**
 * What the main thread asks the store's thread. Each request is answered by one response with its `id`, but `connect`: who
 * holds the other end of the port then asks over it.
 */
export type StoreRequest =
  | { readonly id: number; readonly type: 'query'; readonly plan: Plan }
  | { readonly id: number; readonly type: 'status' }
  | { readonly id: number; readonly type: 'connect'; readonly port: MessagePort }
  | { readonly id: number; readonly type: 'close' }

/** An error in a form that can be posted. */
export interface PostedError {
  readonly code: ErrorCode
  readonly message: string
  readonly source: ErrorSource
  readonly retry: boolean
  readonly remedy: string | undefined
}

/** `id` 0 says that the store is open, or why not; `answer` belongs to the type of the request. */
export type StoreResponse =
  | { readonly id: number; readonly ok: true; readonly answer: unknown }
  | { readonly id: number; readonly ok: false; readonly error: PostedError }

export type StoreStart = EventStoreOptions
