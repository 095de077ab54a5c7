import { spawn } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { messageOf } from '#kernel'

/** At most so many frames are dissected at a time: a tree is about a hundred times as large as its frame. */
export const DISSECTED_FRAMES_LIMIT = 200
const OUTPUT_BYTES = 32 * 1_048_576
const MEMORY_BYTES = 2 * 1_073_741_824
const TIME_MS = 60_000
const NOBODY = 65_534

export type DissectionForm = 'json' | 'text'

export type Dissection =
  | { readonly ok: true; readonly text: string }
  /** Why there is none, in a sentence for people. */
  | { readonly ok: false; readonly why: string }

/**
 * Lets tshark dissect chosen frames of a capture file. It reads the file as standard input, as nobody where we are root,
 * without looking up names, with bounded time, memory and output: what it parses may be hostile, and it has a thousand
 * parsers. Never throws.
 */
export async function dissectFrames(
  path: string,
  frames: readonly number[],
  form: DissectionForm,
): Promise<Dissection> {
  if (frames.length === 0) return { ok: false, why: 'no frames were chosen' }
  if (frames.length > DISSECTED_FRAMES_LIMIT) {
    return { ok: false, why: `at most ${DISSECTED_FRAMES_LIMIT} frames are dissected at a time` }
  }
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    return { ok: false, why: messageOf(error) }
  }
  try {
    return await runTshark(file, frames, form)
  } finally {
    closeSync(file)
  }
}

function argumentsFor(frames: readonly number[], form: DissectionForm): string[] {
  const last = frames.reduce((most, frame) => Math.max(most, frame))
  const filter = `frame.number in {${frames.map((frame) => Math.trunc(frame)).join(',')}}`
  const output = form === 'json' ? ['-T', 'json'] : ['-V']
  return [`--as=${MEMORY_BYTES}`, 'tshark', '-n', '-r', '-', '-c', String(last), '-Y', filter, ...output]
}

function runTshark(file: number, frames: readonly number[], form: DissectionForm): Promise<Dissection> {
  const isRoot = process.getuid?.() === 0
  const child = spawn('prlimit', argumentsFor(frames, form), {
    cwd: '/',
    // A clean home: settings of a user may load further parsers.
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, HOME: '/nonexistent', LC_ALL: 'C.UTF-8' },
    stdio: [file, 'pipe', 'pipe'],
    timeout: TIME_MS,
    killSignal: 'SIGKILL',
    ...(isRoot && { uid: NOBODY, gid: NOBODY }),
  })
  return new Promise((resolve) => {
    const pieces: Buffer[] = []
    let sizeBytes = 0
    let complaint = ''
    child.stdout?.on('data', (piece: Buffer) => {
      sizeBytes += piece.length
      if (sizeBytes > OUTPUT_BYTES) child.kill('SIGKILL')
      else pieces.push(piece)
    })
    child.stderr?.on('data', (piece: Buffer) => {
      if (complaint.length < 1000) complaint += piece.toString('utf8')
    })
    child.on('error', (error) => resolve({ ok: false, why: `tshark cannot be run: ${messageOf(error)}` }))
    child.on('close', (code, signal) => {
      if (sizeBytes > OUTPUT_BYTES)
        resolve({ ok: false, why: `the dissection is larger than ${OUTPUT_BYTES} bytes: choose fewer frames` })
      else if (signal !== null) resolve({ ok: false, why: `tshark took longer than ${TIME_MS / 1000} s` })
      else if (code === 127) resolve({ ok: false, why: 'tshark is not installed (Debian: tshark)' })
      // A file that is cut off is told with a code of its own, behind what stands before.
      else if (sizeBytes === 0)
        resolve({ ok: false, why: complaint.trim().split('\n').pop() ?? `tshark ended with ${code}` })
      else resolve({ ok: true, text: Buffer.concat(pieces).toString('utf8') })
    })
  })
}
