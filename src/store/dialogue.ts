import { TidegateError } from '#kernel'
import type { StoreRequest, StoreResponse } from './messages.ts'

interface Waiting {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
}

/** Requests to the store's thread, and who waits for the answers. */
export class Dialogue {
  readonly #post: (request: StoreRequest) => void
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 0
  #failure: Error | undefined

  constructor(post: (request: StoreRequest) => void) {
    this.#post = post
  }

  /** Throws what the store answers with, or why it cannot answer. */
  async ask(request: (id: number) => StoreRequest): Promise<unknown> {
    if (this.#failure !== undefined) throw this.#failure
    this.#nextId++
    const answered = this.expect(this.#nextId)
    this.#post(request(this.#nextId))
    return answered
  }

  /** The answer with a number, without a question. */
  async expect(id: number): Promise<unknown> {
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }))
  }

  take(response: StoreResponse): void {
    const waiting = this.#waiting.get(response.id)
    this.#waiting.delete(response.id)
    if (response.ok) {
      waiting?.resolve(response.answer)
      return
    }
    const { code, message, source, retry, remedy } = response.error
    waiting?.reject(new TidegateError(code, message, { source, retry, ...(remedy === undefined ? {} : { remedy }) }))
  }

  /** Nothing will be answered any more. */
  fail(cause: Error): void {
    const error = new TidegateError('ERR_STORE_FAILED', `the event store stopped: ${cause.message}`, {
      source: 'internal',
      cause,
    })
    this.#failure ??= error
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
  }
}
