import { createTestWaf, evaluateStage } from './evaluate-stage.ts'
import { judgeStage } from './judge-stage.ts'
import type { RegressionTest } from './regression-test.ts'

interface RegressionFailure {
  readonly id: string
  readonly reasons: readonly string[]
}

export interface RegressionTally {
  readonly total: number
  readonly passed: number
  readonly failures: readonly RegressionFailure[]
}

const PROGRESS_EVERY = 500

/**
 * Runs regression tests of a SecLang directory in this process, with the set-up that the Core Rule Set tests itself with.
 * @param onProgress is told now and then how many tests are done
 */
export function runRegression(
  directory: string,
  tests: readonly RegressionTest[],
  onProgress: (done: number) => void = () => {},
): RegressionTally {
  const waf = createTestWaf(directory)
  const failures: RegressionFailure[] = []
  for (const [index, { id, stages }] of tests.entries()) {
    if (index % PROGRESS_EVERY === 0) onProgress(index)
    const reasons = stages.flatMap(({ input, output }) => judgeStage(output, evaluateStage(waf, input)))
    if (reasons.length > 0) failures.push({ id, reasons })
  }
  return { total: tests.length, passed: tests.length - failures.length, failures }
}
