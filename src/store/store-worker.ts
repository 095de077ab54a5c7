import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { messageOf, TidegateError } from '#kernel'
import type { PostedError, StoreRequest, StoreResponse, StoreStart } from './messages.ts'
import { Store } from './store.ts'

/** The thread of the event store: opens it, then answers one request after the other came. */
async function main(): Promise<void> {
  const port = parentPort
  if (port === null) throw new TidegateError('ERR_INVARIANT', 'runs as a worker thread only', { source: 'internal' })
  const post = (response: StoreResponse): void => port.postMessage(response)
  let store: Store
  try {
    store = await Store.open(workerData as StoreStart)
  } catch (thrown) {
    post({ id: 0, ok: false, error: postedError(thrown) })
    return
  }
  post({ id: 0, ok: true, answer: undefined })
  serve(store, port)
}

/** Answers what comes over a port. */
function serve(store: Store, port: MessagePort): void {
  const post = (response: StoreResponse): void => port.postMessage(response)
  port.on('message', (request: StoreRequest) => {
    if (request.type === 'connect') {
      serve(store, request.port)
      // The store lives as long as the main thread wants it.
      request.port.unref()
      return
    }
    answer(store, request).then(
      (result) => {
        post({ id: request.id, ok: true, answer: result })
        if (request.type === 'close') port.close()
      },
      (thrown: unknown) => post({ id: request.id, ok: false, error: postedError(thrown) }),
    )
  })
}

async function answer(store: Store, request: Exclude<StoreRequest, { type: 'connect' }>): Promise<unknown> {
  switch (request.type) {
    case 'query':
      return store.query(request.plan)
    case 'status':
      return store.status()
    case 'close':
      return store.close()
  }
}

function postedError(thrown: unknown): PostedError {
  if (thrown instanceof TidegateError) {
    const { code, message, source, retry, remedy } = thrown
    return { code, message, source, retry, remedy }
  }
  return { code: 'ERR_STORE_FAILED', message: messageOf(thrown), source: 'internal', retry: true, remedy: undefined }
}

await main()
