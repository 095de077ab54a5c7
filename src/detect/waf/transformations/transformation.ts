/** One transformation of SecLang: a function from bytes to bytes. */
export interface Transformation {
  /** As SecLang writes it, such as `urlDecodeUni`. */
  readonly name: string
  /** The transformed text; the very same string when nothing changes. Never throws, whatever the bytes. */
  readonly apply: (text: string) => string
  /**
   * Bits of `BYTE_MASK`: when none of them is in the mask of a text, `apply` returns that text as it is, so that the
   * engine need not call it.
   */
  readonly touches: ByteMaskBits
}

/** A union of bits of `BYTE_MASK`. */
export type ByteMaskBits = number
