import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { makeCaptures } from './make-captures.ts'
import { CLEAN, FAULTS, HELD_OUT, HELD_OUT_CLEAN } from './scenarios/index.ts'

/** Makes the captures into a folder: `generate.ts FOLDER [SEED] [WORD-IN-NAME]`. Needs root. */
const [folder, seed = '1', word = ''] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
const scenarios = [...FAULTS, ...CLEAN, ...HELD_OUT, ...HELD_OUT_CLEAN].filter(({ name }) => name.includes(word))
const made = await makeCaptures(scenarios, folder, Number(seed), ({ name, point, failure }) => {
  process.stderr.write(`${name} (${point})${failure === undefined ? '' : `: ${failure}`}\n`)
})
writeFileSync(path.join(folder, 'manifest.json'), `${JSON.stringify(made, null, 2)}\n`)
