import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { MadeCapture } from './make-captures.ts'
import { scoreCaptures } from './score.ts'

/** Analyses the captures that a run of `generate.ts` left in a folder, and says which are not as they should be: `judge.ts FOLDER`. */
const [folder] = process.argv.slice(2)
const made = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as MadeCapture[]
const { faults, first, amongThree, clean, falseFindings, misses } = await scoreCaptures(made)
for (const miss of misses) process.stdout.write(`${miss}\n`)
process.stdout.write(
  `right kind first in ${first} of ${faults}, among three in ${amongThree}; ${falseFindings} findings in ${clean} clean captures\n`,
)
