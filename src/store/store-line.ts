import type { MessagePort } from 'node:worker_threads'
import { Dialogue } from './dialogue.ts'
import type { StoreResponse } from './messages.ts'
import type { Answers, Plan } from './plan.ts'

/**
 * A line of another thread to the store's thread, over a port that `EventStore.connect` gave: what is asked and answered does
 * not pass through the main thread.
 */
export class StoreLine {
  readonly #port: MessagePort
  readonly #dialogue: Dialogue

  constructor(port: MessagePort) {
    this.#port = port
    this.#dialogue = new Dialogue((request) => port.postMessage(request))
    port.on('message', (response: StoreResponse) => this.#dialogue.take(response))
    port.once('close', () => this.#dialogue.fail(new Error('its thread ended')))
  }

  /** Answers a question, as `EventStore.query` does. */
  async query<Name extends Plan['plan']>(plan: Extract<Plan, { plan: Name }>): Promise<Answers[Name]> {
    return (await this.#dialogue.ask((id) => ({ id, type: 'query', plan }))) as Answers[Name]
  }

  close(): void {
    this.#port.close()
  }
}
