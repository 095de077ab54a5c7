import { CR, HEX_VALUE, LF, QUOTED_TEXT, TOKEN } from './bytes.ts'
import { type Http1Fault, type Http1Refusal, refusal } from './faults.ts'
import type { FieldList } from './head.ts'
import { TrailerReader } from './trailers.ts'

const MAX_SIZE_DIGITS = 12

// States of the decoder; the extension states follow `;name=value` with a token or quoted string as value.
const SIZE = 0
const EXTENSION_NAME = 1
const EXTENSION_VALUE = 2
const EXTENSION_TOKEN = 3
const EXTENSION_QUOTED = 4
const EXTENSION_ESCAPE = 5
const EXTENSION_END = 6
const SIZE_LF = 7
const DATA = 8
const DATA_CR = 9
const DATA_LF = 10
const TRAILERS = 11

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SEMICOLON = 0x3b
const EQUALS = 0x3d

export interface ChunkLimits {
  readonly trailerBytes: number
  readonly fieldCount: number
  readonly chunkExtensionBytes: number
}

/** Takes the data of chunks as they come; views are valid during the call only. */
export type ChunkSink = (bytes: Buffer) => void

/**
 * Decodes a chunked body (RFC 9112 section 7.1) that comes in pieces. Extensions are checked strictly and dropped:
 * lenient extension parsing is how bodies are smuggled past proxies.
 */
export class ChunkedDecoder {
  readonly #limits: ChunkLimits
  readonly #trailerReader: TrailerReader
  #state = SIZE
  #digits = 0
  #left = 0
  #nameBytes = 0
  #extensionBytes = 0
  #dataBytes = 0

  refusal: Http1Refusal | undefined = undefined

  constructor(limits: ChunkLimits) {
    this.#limits = limits
    this.#trailerReader = new TrailerReader(limits.trailerBytes, limits.fieldCount)
  }

  get trailers(): FieldList | undefined {
    return this.#trailerReader.trailers
  }

  /**
   * Takes bytes from `offset` on and gives data to `sink`. Returns the offset after the body when it is whole,
   * and -1 when more is needed or `refusal` is set.
   */
  feed(bytes: Buffer, offset: number, sink: ChunkSink): number {
    let at = offset
    while (at < bytes.length) {
      if (this.#state === DATA) {
        const end = Math.min(bytes.length, at + this.#left)
        this.#left -= end - at
        this.#dataBytes += end - at
        sink(bytes.subarray(at, end))
        at = end
        if (this.#left === 0) this.#state = DATA_CR
      } else if (this.#state === TRAILERS) {
        const end = this.#trailerReader.feed(bytes, at)
        this.refusal = this.#trailerReader.refusal
        return end
      } else {
        const fault = this.#step(bytes[at])
        if (fault !== undefined) {
          this.refusal = refusal(fault, at - offset)
          return -1
        }
        at++
      }
    }
    return -1
  }

  #step(byte: number): Http1Fault | undefined {
    switch (this.#state) {
      case SIZE:
        return this.#sizeByte(byte)
      case SIZE_LF:
        if (byte !== LF) return 'bare-cr'
        this.#state = this.#left === 0 ? TRAILERS : DATA
        this.#digits = 0
        return undefined
      case DATA_CR:
        if (byte !== CR) return byte === LF ? 'bare-lf' : 'bad-chunk-end'
        this.#state = DATA_LF
        return undefined
      case DATA_LF:
        if (byte !== LF) return 'bad-chunk-end'
        this.#state = SIZE
        return undefined
      default:
        return this.#extensionByte(byte)
    }
  }

  #sizeByte(byte: number): Http1Fault | undefined {
    const digit = HEX_VALUE[byte]
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) return 'bad-chunk-size'
      this.#left = this.#left * 16 + digit
      return undefined
    }
    if (byte === LF) return 'bare-lf'
    if (this.#digits === 0) return 'bad-chunk-size'
    if (byte === CR) this.#state = SIZE_LF
    else if (byte === SEMICOLON) this.#beginExtension()
    else return 'bad-chunk-size'
    return undefined
  }

  #beginExtension(): void {
    this.#state = EXTENSION_NAME
    this.#nameBytes = 0
  }

  #extensionByte(byte: number): Http1Fault | undefined {
    if (byte === LF) return 'bare-lf'
    // A small chunk with a large extension is work without data, so extensions may not outweigh the body.
    if (++this.#extensionBytes > this.#limits.chunkExtensionBytes + this.#dataBytes) return 'chunk-extension-too-large'
    switch (this.#state) {
      case EXTENSION_NAME:
        if (TOKEN[byte] === 1) this.#nameBytes++
        else if (this.#nameBytes === 0) return 'bad-chunk-extension'
        else if (byte === EQUALS) this.#state = EXTENSION_VALUE
        else return this.#extensionEnd(byte)
        return undefined
      case EXTENSION_VALUE:
        if (byte === QUOTE) this.#state = EXTENSION_QUOTED
        else if (TOKEN[byte] === 1) this.#state = EXTENSION_TOKEN
        else return 'bad-chunk-extension'
        return undefined
      case EXTENSION_TOKEN:
        return TOKEN[byte] === 1 ? undefined : this.#extensionEnd(byte)
      case EXTENSION_QUOTED:
        if (byte === QUOTE) this.#state = EXTENSION_END
        else if (byte === BACKSLASH) this.#state = EXTENSION_ESCAPE
        else if (QUOTED_TEXT[byte] !== 1) return 'bad-chunk-extension'
        return undefined
      case EXTENSION_ESCAPE:
        this.#state = EXTENSION_QUOTED
        return QUOTED_TEXT[byte] === 1 ? undefined : 'bad-chunk-extension'
      default:
        return this.#extensionEnd(byte)
    }
  }

  #extensionEnd(byte: number): Http1Fault | undefined {
    if (byte === CR) this.#state = SIZE_LF
    else if (byte === SEMICOLON) this.#beginExtension()
    else return 'bad-chunk-extension'
    return undefined
  }
}
