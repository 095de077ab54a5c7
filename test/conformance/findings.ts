import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { makeCaptures } from '../lab/faults/make-captures.ts'
import { reasonToSkip } from '../lab/faults/prerequisites.ts'
import { CLEAN, FAULTS, HELD_OUT, HELD_OUT_CLEAN } from '../lab/faults/scenarios/index.ts'
import { GOALS, scoreCaptures } from '../lab/faults/score.ts'

/** Makes every capture with a fault and every clean one, and prints how well findings name them. Argument: a seed (default 1). */
export async function run([seed = '1']: readonly string[]): Promise<void> {
  const skip = reasonToSkip()
  if (skip !== false) {
    process.stderr.write(`${skip}\n`)
    process.exitCode = 2
    return
  }
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-faults-'))
  try {
    const scenarios = [...FAULTS, ...HELD_OUT, ...CLEAN, ...HELD_OUT_CLEAN]
    let count = 0
    const made = await makeCaptures(scenarios, folder, Number(seed), ({ name, point, failure }) => {
      process.stderr.write(
        `${++count}/${scenarios.length} ${name} (${point})${failure === undefined ? '' : `: ${failure}`}\n`,
      )
    })
    const { faults, first, amongThree, clean, falseFindings, misses } = await scoreCaptures(made)
    const failures = scenarios.length - faults - clean
    for (const miss of misses) process.stdout.write(`${miss}\n`)
    process.stdout.write(
      `right kind first in ${first} of ${faults}, among three in ${amongThree}; ${falseFindings} findings in ${clean} clean captures; ${failures} not made\n`,
    )
    const isGood = first / faults >= GOALS.first && amongThree / faults >= GOALS.amongThree && falseFindings === 0
    if (!isGood || failures > 0) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
