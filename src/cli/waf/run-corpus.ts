import { type CorpusRequest, type Judge, runTest, testReport } from '#workbench'
import { Progress } from '../output/progress.ts'
import type { TestedSubject } from './tested-subject.ts'

/** Sends a corpus to one subject and shows how far it is. */
export async function runCorpus(
  about: Pick<TestedSubject, 'subject' | 'settings'>,
  judge: Judge,
  requests: readonly CorpusRequest[],
  target: { readonly host: string; readonly fields?: readonly string[] },
): Promise<TestedSubject> {
  const progress = new Progress()
  try {
    const onProgress = (done: number): void => progress.show(`${about.subject}: ${done} of ${requests.length} requests`)
    const tested = await runTest(requests, judge, { ...target, onProgress })
    return { ...about, tested, report: testReport(tested) }
  } finally {
    progress.end()
  }
}
