import type { Span } from '../expression.ts'

/**
 * A token as written. `text` is the source text; of strings what stands between the delimiters, not yet unescaped; of a
 * list its name without the dollar sign.
 */
export interface Token extends Span {
  readonly kind: 'word' | 'quoted' | 'raw' | 'number' | 'address' | 'list' | 'sign' | 'end'
  readonly text: string
}
