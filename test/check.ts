import { spawnSync } from 'node:child_process'
import path from 'node:path'

/** Everything that can be said about the code without running it. Each step prints its own findings. */
const STEPS: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
  ['types', 'tsc'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['format', 'oxfmt', '--check', '.'],
  ['unused code', 'knip'],
]

const failed: string[] = []
for (const [name, program, ...args] of STEPS) {
  process.stdout.write(`--- ${name}: ${program} ${args.join(' ')}\n`)
  const { status } = spawnSync(path.resolve('node_modules/.bin', program), args, { stdio: 'inherit' })
  if (status !== 0) failed.push(name)
}
const architecture = spawnSync(process.execPath, ['--test', 'test/architecture.test.ts'], { stdio: 'inherit' })
if (architecture.status !== 0) failed.push('architecture')
process.stdout.write(failed.length === 0 ? 'check: everything is in order\n' : `check: failed: ${failed.join(', ')}\n`)
process.exitCode = failed.length === 0 ? 0 : 1
