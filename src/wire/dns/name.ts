/** Why a name or a message could not be read. */
export type DnsFault = 'truncated' | 'compression-loop' | 'malformed'

const POINTER = 0xc0
const NAME_BYTES = 255
// A name of 255 bytes has at most 127 labels; honest compression follows one pointer, rarely two.
const POINTER_LIMIT = 32

const LOWER = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte))
/** 1 for bytes that stand in text as they are; dot and backslash would be read as something else. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c ? 1 : 0,
)

/**
 * Reads names (RFC 1035 sections 3.1 and 4.1.4) of one message after the other. Each pointer has to lead to before where its
 * name began, so that no chain of them can go round; both their number and the length of a name are bounded.
 */
export class NameReader {
  /** Where reading goes on after the name; -1 when it could not be read. */
  end = -1
  fault: DnsFault | undefined = undefined

  readonly #scratch = Buffer.alloc(NAME_BYTES)
  #needsEscape = false

  /**
   * The name at `at` in lower case, without the last dot; '.' for the root. `start` and `limit` are where the message
   * begins and ends. Bytes that are no visible ASCII, dots and backslashes inside a label are escaped (RFC 4343 section 2.1).
   * On a fault, '' with `fault` set.
   */
  read(bytes: Uint8Array, at: number, start: number, limit: number): string {
    const length = this.#gather(bytes, at, start, limit)
    if (length < 0) return ''
    if (length === 0) return '.'
    return this.#needsEscape ? escapedName(bytes, at, start) : this.#scratch.toString('latin1', 0, length)
  }

  /**
   * Passes over a name without making text of it: `end` is where it ends. It is followed to its last label nevertheless,
   * so that a chain of pointers that leads nowhere is found. False with `fault` when it cannot be read.
   */
  skip(bytes: Uint8Array, at: number, start: number, limit: number): boolean {
    this.fault = undefined
    this.end = -1
    let position = at
    let earliest = at
    let hops = 0
    for (let total = 0; total <= NAME_BYTES;) {
      if (position >= limit) return this.#fail('truncated')
      const length = bytes[position]
      if (length === 0) {
        if (this.end < 0) this.end = position + 1
        return true
      }
      if (length >= POINTER) {
        if (position + 2 > limit) return this.#fail('truncated')
        if (this.end < 0) this.end = position + 2
        position = start + (((length & 0x3f) << 8) | bytes[position + 1])
        if (position >= earliest || ++hops > POINTER_LIMIT) return this.#fail('compression-loop')
        earliest = position
        continue
      }
      if (length > 63) return this.#fail('malformed')
      position += length + 1
      total += length + 1
    }
    return this.#fail('malformed')
  }

  /** Copies the labels with dots between them into the scratch; returns their length, -1 on a fault. */
  #gather(bytes: Uint8Array, at: number, start: number, limit: number): number {
    const scratch = this.#scratch
    this.fault = undefined
    this.end = -1
    let position = at
    let earliest = at
    let hops = 0
    let used = 0
    let needsEscape = false
    for (;;) {
      if (position >= limit) return this.#failed('truncated')
      const length = bytes[position]
      if (length === 0) {
        if (this.end < 0) this.end = position + 1
        break
      }
      if (length >= POINTER) {
        if (position + 2 > limit) return this.#failed('truncated')
        const target = start + (((length & 0x3f) << 8) | bytes[position + 1])
        if (this.end < 0) this.end = position + 2
        if (target >= earliest || ++hops > POINTER_LIMIT) return this.#failed('compression-loop')
        earliest = target
        position = target
        continue
      }
      if (length > 63 || used + length + 2 > NAME_BYTES) return this.#failed('malformed')
      if (position + length >= limit) return this.#failed('truncated')
      if (used > 0) scratch[used++] = 0x2e
      for (let index = 1; index <= length; index++) {
        const byte = bytes[position + index]
        if (PLAIN[byte] === 0) needsEscape = true
        scratch[used++] = LOWER[byte]
      }
      position += length + 1
    }
    this.#needsEscape = needsEscape
    return used
  }

  #failed(fault: DnsFault): -1 {
    this.fault = fault
    this.end = -1
    return -1
  }

  #fail(fault: DnsFault): false {
    this.fault = fault
    this.end = -1
    return false
  }
}

/** A name that was found to be whole, read again: with dots inside of labels the gathered text does not tell where one ends. */
function escapedName(bytes: Uint8Array, at: number, start: number): string {
  const labels: string[] = []
  for (let position = at; bytes[position] !== 0;) {
    const length = bytes[position]
    if (length >= POINTER) {
      position = start + (((length & 0x3f) << 8) | bytes[position + 1])
      continue
    }
    let label = ''
    for (let index = 1; index <= length; index++) label += escapedByte(LOWER[bytes[position + index]])
    labels.push(label)
    position += length + 1
  }
  return labels.join('.')
}

function escapedByte(byte: number): string {
  if (PLAIN[byte] === 1) return String.fromCharCode(byte)
  if (byte === 0x2e || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  return `\\${String(byte).padStart(3, '0')}`
}

/**
 * The labels of a name in text, escapes decoded, for writing it; undefined when a label is empty or longer than 63 bytes or the
 * name longer than 255. The last dot may be left out; '' and '.' are the root.
 */
export function labelsOf(name: string): readonly Buffer[] | undefined {
  if (name === '' || name === '.') return []
  const labels: Buffer[] = []
  let label: number[] = []
  let total = 1
  const finish = (): boolean => {
    if (label.length === 0 || label.length > 63) return false
    total += label.length + 1
    labels.push(Buffer.from(label))
    label = []
    return total <= NAME_BYTES
  }
  for (let at = 0; at < name.length; at++) {
    const character = name[at]
    if (character === '.') {
      if (!finish()) return undefined
    } else if (character === '\\') {
      const digits = /^\d{3}/.exec(name.slice(at + 1, at + 4))?.[0]
      if (digits === undefined ? at + 1 >= name.length : Number(digits) > 255) return undefined
      label.push(digits === undefined ? name.charCodeAt(at + 1) & 0xff : Number(digits))
      at += digits === undefined ? 1 : 3
    } else {
      label.push(name.charCodeAt(at) & 0xff)
    }
    if (label.length > 63) return undefined
  }
  return label.length === 0 || finish() ? labels : undefined
}
