import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { starterFiles } from '#config'
import { messageOf, TidegateError } from '#kernel'
import { EXIT, type ExitCode } from '../exit-code.ts'

/** Does what `tidegate init [DIR]` says. */
export function runInit(directory: string): ExitCode {
  const files = starterFiles().map((file) => ({ path: join(resolve(directory), file.path), text: file.text }))
  const taken = files.filter((file) => existsSync(file.path)).map((file) => shown(file.path))
  if (taken.length > 0) {
    throw new TidegateError('ERR_USAGE', `${taken.join(' and ')} exist${taken.length === 1 ? 's' : ''} already`, {
      source: 'configuration',
      remedy: 'Nothing was written. Choose another directory, or move these files away.',
    })
  }
  for (const file of files) write(file.path, file.text)
  const config = files.find((file) => file.path.endsWith('tidegate.yaml'))
  process.stdout.write(files.map((file) => `${shown(file.path)}\n`).join(''))
  if (config !== undefined) {
    process.stderr.write(`Next: set your origins in ${shown(config.path)}, then\n`)
    process.stderr.write(
      `  tidegate check --config ${shown(config.path)}\n  tidegate up --config ${shown(config.path)}\n`,
    )
  }
  return EXIT.ok
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    throw new TidegateError('ERR_USAGE', `${path} cannot be written: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Choose a directory that you may write.',
      cause: error,
    })
  }
}

function shown(path: string): string {
  const short = relative(process.cwd(), path)
  return short.startsWith('..') ? path : short
}
