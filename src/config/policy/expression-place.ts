import type { SourcePlace } from '#kernel'
import type { Scalar } from 'yaml'
import type { YamlDocument, YamlPath } from '../source/yaml-document.ts'

/**
 * The place in the YAML file of a character of a text value: the inverse of quoting, indentation and folding.
 * Without an exact answer (an escape in double quotes, an alias into another shape) it is the start of the value.
 * @param line of the character in the value, from 1
 * @param column in that line, from 1
 */
export function placeInText(document: YamlDocument, path: YamlPath, line: number, column: number): SourcePlace {
  const scalar = document.scalarAt(path)
  const offsets = scalar === undefined ? undefined : offsetsOf(scalar, document.text)
  if (offsets === undefined || typeof scalar?.value !== 'string') return document.placeOf(path)
  let lineStart = 0
  for (let passed = 1; passed < line; passed++) lineStart = scalar.value.indexOf('\n', lineStart) + 1
  const at = lineStart + column - 1
  // An error at the end of the text stands behind its last character.
  const offset = at < offsets.length ? offsets[at] : (offsets.at(-1) ?? -1) + 1
  return document.placeAt(offset)
}

/**
 * Offset in the file of every character of a scalar's value. Folding and indentation only touch white space, so all other
 * characters stand in the file in the same order, but for doubled single quotes and escapes.
 */
function offsetsOf(scalar: Scalar, text: string): readonly number[] | undefined {
  const { value, range, type } = scalar
  if (typeof value !== 'string' || range === undefined || range === null) return undefined
  let at = range[0]
  if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') at = text.indexOf('\n', at) + 1
  else if (type === 'QUOTE_SINGLE' || type === 'QUOTE_DOUBLE') at++
  const offsets: number[] = []
  for (const character of value.split('')) {
    if (!isBlank(character)) while (at < range[1] && isBlank(text[at])) at++
    const width = widthAt(text, at, character, type)
    // A line break that became a space, or indentation that is not part of the value, has no width of its own.
    if (width === 0 && !isBlank(character)) return undefined
    offsets.push(at)
    at += width
  }
  return offsets
}

const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', n: '\n', t: '\t', ' ': ' ' }

/** How many characters of the file write `character` here; 0 when something else stands there. */
function widthAt(text: string, at: number, character: string, type: Scalar['type']): number {
  if (type === 'QUOTE_DOUBLE' && text[at] === '\\') return ESCAPES[text[at + 1]] === character ? 2 : 0
  if (text[at] !== character) return 0
  return type === 'QUOTE_SINGLE' && character === "'" ? 2 : 1
}

function isBlank(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r'
}
