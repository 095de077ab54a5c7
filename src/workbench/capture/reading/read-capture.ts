import { messageOf, TidegateError } from '#kernel'
import { type CaptureNote, CaptureReader, type CaptureSink } from '#wire'
import { type CapturePieces, openPieces } from './capture-pieces.ts'
import { raiseInlineBudget } from './inline-budget.ts'

/** How far the reading of a capture is. */
export interface ReadingProgress {
  /** Of the file as it lies there, packed or not. */
  readonly readBytes: number
  /** Undefined for what has no length: standard input, a pipe. */
  readonly sizeBytes: number | undefined
}

export interface ReadingOptions {
  /** Awaited now and then, behind a few mebibytes at most: shows progress, lets output drain. */
  readonly onPiece?: (progress: ReadingProgress) => void | Promise<void>
}

/** Takes the bytes of a capture: a `CaptureReader` or a `CaptureRewriter`. */
export interface CaptureTaker {
  push(bytes: Buffer): void
  end(): void
}

/**
 * Gives the bytes of a capture file, or of standard input for `-`, to `taker`; what is packed with gzip is unpacked.
 * Returns what is wrong with the packing, undefined when nothing is: what stands before the damage was given.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read
 */
export async function feedCapture(
  path: string,
  taker: CaptureTaker,
  { onPiece }: ReadingOptions = {},
): Promise<string | undefined> {
  let damage: string | undefined = undefined
  const opened = openCapture(path)
  raiseInlineBudget()
  try {
    for await (const turn of opened.turns) {
      for (const piece of turn) taker.push(piece)
      await onPiece?.({ readBytes: opened.readBytes(), sizeBytes: opened.sizeBytes })
    }
  } catch (error) {
    if (isReadingFault(error)) throw unreadableCapture(path, messageOf(error), error)
    if (!isPackingDamage(error)) throw error
    damage = `the gzip file is damaged: ${messageOf(error)}`
  }
  taker.end()
  await onPiece?.({ readBytes: opened.readBytes(), sizeBytes: opened.sizeBytes })
  return damage
}

function openCapture(path: string): CapturePieces {
  try {
    return openPieces(path)
  } catch (error) {
    throw unreadableCapture(path, messageOf(error), error)
  }
}

/** The system does not give the bytes; what goes wrong with their contents is no fault of the file. */
function isReadingFault(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && (error.syscall === 'read' || error.syscall === 'open')
}

function isPackingDamage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
}

/** What reading a capture came to. */
export interface CaptureReading {
  /** What is wrong with the file, at most `NOTE_LIMIT`; in the order of the file. */
  readonly notes: readonly CaptureNote[]
}

/** A broken file may be broken in every record. */
const NOTE_LIMIT = 100

/**
 * Reads a capture file, pcap or pcapng, packed with gzip or not, or standard input for `-`. Damage is no error: what stands
 * before it is read, and the notes say what is wrong.
 *
 * @throws TidegateError ERR_USAGE when the file cannot be read or is no capture
 */
export async function readCapture(
  path: string,
  sink: Omit<CaptureSink, 'onNote'>,
  options: ReadingOptions = {},
): Promise<CaptureReading> {
  const notes = new CaptureNotes()
  const reader = new CaptureReader({ ...boundSink(sink), onNote: (note) => notes.add(note) })
  const damage = await feedCapture(path, reader, options)
  return { notes: notes.finish(path, damage) }
}

function boundSink(sink: Omit<CaptureSink, 'onNote'>): Omit<CaptureSink, 'onNote'> {
  return {
    onPacket: (packet) => sink.onPacket(packet),
    onInterface: (captureInterface) => sink.onInterface?.(captureInterface),
    onBlock: (block) => sink.onBlock?.(block),
  }
}

/** Gathers what a reader notes about its file. */
export class CaptureNotes {
  readonly #notes: CaptureNote[] = []
  #unknownFormat: string | undefined = undefined

  add(note: CaptureNote): void {
    if (note.fault === 'unknown-format') this.#unknownFormat = note.detail
    if (this.#notes.length < NOTE_LIMIT) this.#notes.push(note)
  }

  /**
   * The notes, with what was wrong with the packing.
   * @throws TidegateError ERR_USAGE when the file is no capture
   */
  finish(path: string, packingDamage: string | undefined): readonly CaptureNote[] {
    if (this.#unknownFormat !== undefined) throw unreadableCapture(path, packingDamage ?? this.#unknownFormat)
    if (packingDamage === undefined) return this.#notes
    return [...this.#notes, { fault: 'truncated', offsetBytes: 0, detail: packingDamage }]
  }
}

/** A file that cannot be read as a capture. */
function unreadableCapture(path: string, why: string, cause?: unknown): TidegateError {
  return new TidegateError('ERR_USAGE', `${path}: ${why}`, {
    source: 'environment',
    remedy: 'Give a pcap or pcapng file, packed with gzip or not, or - for standard input.',
    cause,
  })
}
