import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TCP_FLAGS } from '../tcp-flag.ts'

const OUTPUT_BYTES = 268_435_456

/** Why tshark cannot be asked; false when it can. */
export function tsharkIsMissing(): string | false {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'tshark is not installed'
  }
}

/** The words that tshark has for each frame of a capture, in the order of `TCP_FLAGS`, joined by blanks. */
export function tsharkFlags(capture: Buffer): string[] {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-flags-'))
  try {
    const file = path.join(folder, 'capture')
    writeFileSync(file, capture)
    const fields = TCP_FLAGS.flatMap((flag) => ['-e', `tcp.analysis.${flag}`])
    const text = execFileSync('tshark', ['-n', '-r', file, '-T', 'fields', ...fields], {
      encoding: 'latin1',
      maxBuffer: OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.split('\n').slice(0, -1).map(words)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function words(line: string): string {
  return line
    .split('\t')
    .flatMap((value, index) => (value === '' ? [] : [TCP_FLAGS[index]]))
    .join(' ')
}
