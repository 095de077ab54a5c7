import { crsDirectory, crsTests, NO_CRS } from '../../../src/detect/waf/testing/crs.ts'
import { type RegressionTally, runRegression } from '#workbench'
import { EXCEPTIONS, GOAL_PERCENT, SOCKET_EXCEPTIONS, TEST_COUNT } from './exceptions.ts'
import { runOverSockets } from './over-sockets.ts'
import { readTests } from './read-tests.ts'
import { startTestEdge } from './test-edge.ts'

/**
 * Runs CRS's own tests, first in this process, then as raw bytes against a running edge. Beginnings of test ids as arguments
 * choose some of them; `in-process` leaves the sockets out.
 */
export async function run(args: readonly string[]): Promise<void> {
  const crs = crsDirectory()
  const folder = crsTests()
  if (crs === undefined || folder === undefined) {
    process.stdout.write(`skipped: ${NO_CRS}\n`)
    return
  }
  const wanted = args.filter((name) => name !== 'in-process')
  const tests = readTests(folder, wanted)
  let isGood = report('CRS, in process', runRegression(crs, tests), EXCEPTIONS)
  if (!args.includes('in-process')) {
    const edge = await startTestEdge(crs)
    try {
      const tally = await runOverSockets(edge, tests)
      isGood = report('CRS, over sockets', tally, { ...EXCEPTIONS, ...SOCKET_EXCEPTIONS }) && isGood
    } finally {
      await edge.stop()
    }
  }
  process.exitCode = isGood ? 0 : 1
}

/** Prints what failed; true when nothing did but what is known. */
function report(title: string, { total, passed, failures }: RegressionTally, known: typeof EXCEPTIONS): boolean {
  for (const { id, reasons } of failures) {
    process.stdout.write(`${id}  ${known[id] === undefined ? 'NOT EXPECTED' : 'known'}: ${reasons.join('; ')}\n`)
  }
  const failed = new Set(failures.map(({ id }) => id))
  for (const id of Object.keys(known).filter((each) => total === TEST_COUNT && !failed.has(each))) {
    process.stdout.write(`${id}  passes: take it off the list of exceptions\n`)
  }
  const share = ((100 * passed) / Math.max(1, total)).toFixed(2)
  process.stdout.write(`${title}: ${passed} of ${total} passed (${share} %, goal ${GOAL_PERCENT} %)\n\n`)
  return failures.every(({ id }) => known[id] !== undefined)
}
