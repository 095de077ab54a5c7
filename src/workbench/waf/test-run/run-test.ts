import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CorpusRequest } from '../corpus-request.ts'
import { requestBytes } from './request-bytes.ts'
import type { TestedRequest } from './test-report.ts'
import type { Judge } from './treatment.ts'

const REQUESTS_PER_TURN = 50

export interface TestRun {
  /** Host that the requests are for. */
  readonly host: string
  /** Header fields that every request carries: name, value, name, value. */
  readonly fields?: readonly string[]
  /** Called now and then with the number of requests that are done. */
  readonly onProgress: (done: number) => void
}

/** Has every request judged, one after the other. */
export async function runTest(
  requests: readonly CorpusRequest[],
  judge: Judge,
  { host, fields, onProgress }: TestRun,
): Promise<readonly TestedRequest[]> {
  const tested: TestedRequest[] = []
  for (const request of requests) {
    tested.push({ request, outcome: await judge.judge(requestBytes(request.sample, host, fields)) })
    if (tested.length % REQUESTS_PER_TURN > 0) continue
    onProgress(tested.length)
    await nextTurn()
  }
  onProgress(tested.length)
  return tested
}
