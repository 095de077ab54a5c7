import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import { lowerAscii, trimBlanks } from '#wire'
import type { BodyLimits } from './limits.ts'

/** How much a decoder may write; the first 64 KiB are free of the ratio. */
export type CodingLimits = Pick<BodyLimits, 'decodedBytes' | 'decodedRatio'>

/** Why decoded content is not the whole: of `corrupt` and `incomplete` input, what could be read is there. */
export type CodingProblem =
  | 'unknown-coding'
  | 'too-many-codings'
  | 'corrupt'
  | 'incomplete'
  | 'size-limit'
  | 'ratio-limit'

export interface DecodedContent {
  /** What came out; the input itself when the coding is not known or nothing came out: a server may not mind the header. */
  readonly bytes: Uint8Array
  /** True when bytes are missing at the end. */
  readonly truncated: boolean
  readonly problem: CodingProblem | undefined
}

/** Decodes all of the input or, with `lenient`, whatever of it can be; throws when more than `maxBytes` would come out. */
type Decode = (bytes: Uint8Array, maxBytes: number, lenient: boolean) => Buffer

interface Coding {
  readonly decode: Decode
  /** How often the input of a bomb is halved to find a begin that fits: brotli fills its window first, 8 ms each time. */
  readonly bombHalvings: number
}

const GZIP: Coding = { decode: gunzip, bombHalvings: 16 }

const CODINGS: ReadonlyMap<string, Coding> = new Map<string, Coding>([
  ['gzip', GZIP],
  ['x-gzip', GZIP],
  ['deflate', { decode: inflate, bombHalvings: 16 }],
  ['br', { decode: unbrotli, bombHalvings: 2 }],
  ['zstd', { decode: unzstd, bombHalvings: 8 }],
])

// RFC 9110 allows any number; honest senders use one.
const MAX_CODINGS = 3
const FREE_BYTES = 64 * 1024

/**
 * Undoes the codings of a Content-Encoding value, last one first (RFC 9110 section 8.4). Never throws, and never writes more than
 * the limits: of a bomb, and of input that ends early, the begin comes out.
 */
export function decodeContent(encoding: string, bytes: Uint8Array, limits: CodingLimits): DecodedContent {
  const codings = lowerAscii(encoding)
    .split(',')
    .map((coding) => trimBlanks(coding))
    .filter((coding) => coding !== '' && coding !== 'identity')
  if (codings.length > MAX_CODINGS) return { bytes, truncated: false, problem: 'too-many-codings' }
  let content: DecodedContent = { bytes, truncated: false, problem: undefined }
  for (const coding of codings.reverse()) {
    const known = CODINGS.get(coding)
    if (known === undefined) return { ...content, problem: content.problem ?? 'unknown-coding' }
    const inner = decodeOnce(known, content.bytes, limits)
    // What an outer layer cut off is the reason for what the inner one lacks.
    const problem = content.problem ?? inner.problem
    content = { bytes: inner.bytes, truncated: content.truncated || inner.truncated, problem }
  }
  return content
}

function decodeOnce({ decode, bombHalvings }: Coding, bytes: Uint8Array, limits: CodingLimits): DecodedContent {
  if (bytes.length === 0) return { bytes, truncated: false, problem: undefined }
  const byRatio = Math.max(FREE_BYTES, bytes.length * limits.decodedRatio)
  const maxBytes = Math.min(limits.decodedBytes, byRatio)
  const whole = attempt(decode, bytes, maxBytes, false)
  if (whole.bytes !== undefined) return { bytes: whole.bytes, truncated: false, problem: undefined }
  if (whole.tooLarge) {
    const isBomb = byRatio < limits.decodedBytes
    const begin = decodeBegin(decode, bytes, maxBytes, isBomb ? bombHalvings : HALVINGS)
    return { bytes: begin ?? bytes, truncated: true, problem: isBomb ? 'ratio-limit' : 'size-limit' }
  }
  const cut = attempt(decode, bytes, maxBytes, true).bytes
  const begin = cut ?? decodeBegin(decode, bytes, maxBytes, HALVINGS)
  const hasOutput = begin !== undefined && begin.length > 0
  return { bytes: hasOutput ? begin : bytes, truncated: true, problem: cut === undefined ? 'corrupt' : 'incomplete' }
}

interface Attempt {
  readonly bytes: Buffer | undefined
  readonly tooLarge: boolean
}

function attempt(decode: Decode, bytes: Uint8Array, maxBytes: number, lenient: boolean): Attempt {
  try {
    return { bytes: decode(bytes, maxBytes, lenient), tooLarge: false }
  } catch (error) {
    return { bytes: undefined, tooLarge: (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' }
  }
}

// Each halving costs one decoding of at most the output limit.
const HALVINGS = 12
const HALVINGS_AFTER_FIT = 6

/**
 * The output of the longest begin of the input, among those that halving tries, that decodes within the limit; undefined when
 * none gives any.
 */
function decodeBegin(decode: Decode, bytes: Uint8Array, maxBytes: number, halvings: number): Buffer | undefined {
  let best: Buffer | undefined = undefined
  let good = 0
  let bad = bytes.length
  let left = halvings
  while (left-- > 0 && bad - good > 1) {
    const middle = (good + bad) >>> 1
    const output = attempt(decode, bytes.subarray(0, middle), maxBytes, true).bytes
    if (output === undefined) {
      bad = middle
    } else {
      if (good === 0) left = Math.min(left, HALVINGS_AFTER_FIT)
      if (output.length > 0) best = output
      good = middle
    }
  }
  return best
}

function gunzip(bytes: Uint8Array, maxOutputLength: number, lenient: boolean): Buffer {
  return gunzipSync(bytes, zlibOptions(maxOutputLength, lenient))
}

/** `deflate` is zlib's format (RFC 1950), and from some senders the bare one (RFC 1951). */
function inflate(bytes: Uint8Array, maxOutputLength: number, lenient: boolean): Buffer {
  const options = zlibOptions(maxOutputLength, lenient)
  const isZlib = bytes.length >= 2 && (bytes[0] & 0x0f) === 8 && (bytes[0] * 256 + bytes[1]) % 31 === 0
  return isZlib ? inflateSync(bytes, options) : inflateRawSync(bytes, options)
}

function zlibOptions(maxOutputLength: number, lenient: boolean): { maxOutputLength: number; finishFlush: number } {
  return { maxOutputLength, finishFlush: lenient ? constants.Z_SYNC_FLUSH : constants.Z_FINISH }
}

function unbrotli(bytes: Uint8Array, maxOutputLength: number, lenient: boolean): Buffer {
  const finishFlush = lenient ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH
  return brotliDecompressSync(bytes, { maxOutputLength, finishFlush })
}

function unzstd(bytes: Uint8Array, maxOutputLength: number, lenient: boolean): Buffer {
  const finishFlush = lenient ? constants.ZSTD_e_flush : constants.ZSTD_e_end
  return zstdDecompressSync(bytes, { maxOutputLength, finishFlush })
}
