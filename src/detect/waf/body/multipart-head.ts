import { lowerAscii, TOKEN, trimBlanks } from '#wire'
import type { BodyIrregularity } from '../body-contents.ts'
import { type Disposition, readDisposition } from './content-disposition.ts'

/** The header lines of one part. */
export interface PartHead {
  /** Lines as sent, folded ones joined by a space. */
  readonly lines: readonly string[]
  readonly disposition: Disposition | undefined
  readonly contentType: string
}

/** Where faults of parts are noted: the reader of the whole body. */
export interface FaultNotes {
  readonly irregularities: Set<BodyIrregularity>
  /** Keeps the first error. */
  fail(message: string): void
}

/** Reads the header lines of a part (RFC 7578 section 4.8), each without its line end. */
export function readPartHead(lines: readonly string[], notes: FaultNotes): PartHead {
  let disposition: Disposition | undefined = undefined
  let contentType: string | undefined = undefined
  for (const line of lines) {
    const colon = line.indexOf(':')
    if (colon < 0) {
      notes.fail('Multipart: Invalid part header (colon missing)')
      continue
    }
    checkName(line, colon, notes)
    const name = lowerAscii(trimBlanks(line, 0, colon))
    const value = trimBlanks(line, colon + 1)
    if (name === 'content-disposition') {
      if (disposition === undefined) disposition = takeDisposition(value, notes)
      else repeated(name, notes)
    } else if (name === 'content-type') {
      if (contentType === undefined) contentType = value
      else repeated(name, notes)
    }
  }
  return { lines, disposition, contentType: contentType ?? '' }
}

function repeated(name: string, notes: FaultNotes): void {
  notes.irregularities.add('duplicate-part-header')
  notes.fail(`Multipart: Duplicate part header (${name})`)
}

function takeDisposition(value: string, notes: FaultNotes): Disposition {
  const disposition = readDisposition(value)
  for (const irregularity of disposition.irregularities) notes.irregularities.add(irregularity)
  if (disposition.error !== undefined) {
    notes.irregularities.add('invalid-part')
    notes.fail(disposition.error)
  }
  return disposition
}

function checkName(line: string, colon: number, notes: FaultNotes): void {
  if (line.includes('\0')) {
    notes.irregularities.add('invalid-part')
    notes.fail('Multipart: Nul byte in a part header')
  }
  if (colon === 0) notes.fail('Multipart: Invalid part header (name missing)')
  for (let at = 0; at < colon; at++) {
    if (TOKEN[line.charCodeAt(at)] === 0) {
      notes.fail('Multipart: Invalid part header (contains invalid character)')
      return
    }
  }
}
