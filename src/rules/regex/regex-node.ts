import type { ByteSet } from './byte-set.ts'

/** A regular expression over bytes, flags already resolved into the sets. */
export type RegexNode =
  | { readonly kind: 'set'; readonly set: ByteSet }
  | { readonly kind: 'sequence'; readonly items: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly options: readonly RegexNode[] }
  | { readonly kind: 'group'; readonly item: RegexNode; readonly capture: number | undefined }
  | {
      readonly kind: 'repeat'
      readonly item: RegexNode
      readonly min: number
      readonly max: number
      readonly lazy: boolean
    }
  | { readonly kind: 'assertion'; readonly assertion: 'start' | 'end' | 'word' | 'not-word' }

/** What is wrong with a pattern; offsets count its characters. */
export class RegexFault extends Error {
  readonly start: number
  readonly end: number

  constructor(message: string, start: number, end: number = start + 1) {
    super(message)
    this.start = start
    this.end = end
  }
}
