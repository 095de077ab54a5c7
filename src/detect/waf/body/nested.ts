import { decodeBase64Text } from './base64-text.ts'
import { JsonReader } from './json-reader.ts'
import type { BodyLimits } from './limits.ts'
import { PairCollector } from './pair-collector.ts'

const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

const NOTHING: readonly string[] = []

/**
 * Texts inside values, one level down: the leaves of values that are JSON objects or arrays, base64 of printable text, and base64
 * of JSON as in tokens. Pairs in, pairs out: name of the outer value (with the place inside), text.
 */
export function nestedTexts(pairs: readonly string[], limits: BodyLimits): readonly string[] {
  let found: string[] | undefined = undefined
  for (let at = 1; at < pairs.length; at += 2) {
    const value = pairs[at]
    // Nothing shorter carries both a text worth reading and its wrapping; most values end here.
    if (value.length < 8 || value.length > limits.nestedBytes) continue
    const first = value.charCodeAt(0)
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      if (looksLikeJson(value)) (found ??= []).push(...jsonLeaves(pairs[at - 1], value, limits))
    } else {
      const decoded = decodeBase64Text(value)
      if (decoded !== undefined) {
        found ??= []
        for (const text of decoded) addDecoded(pairs[at - 1], text, limits, found)
      }
    }
    if (found !== undefined && found.length >= limits.nestedTexts * 2) break
  }
  return found ?? NOTHING
}

function addDecoded(name: string, text: string, limits: BodyLimits, found: string[]): void {
  const leaves = looksLikeJson(text) ? jsonLeaves(name, text, limits) : NOTHING
  if (leaves.length > 0) found.push(...leaves)
  else found.push(name, text)
}

function looksLikeJson(value: string): boolean {
  const first = value.charCodeAt(0)
  const last = value.charCodeAt(value.length - 1)
  return (first === OPEN_OBJECT && last === CLOSE_OBJECT) || (first === OPEN_ARRAY && last === CLOSE_ARRAY)
}

/** String leaves of a JSON text by place; nothing when it is no JSON. */
function jsonLeaves(name: string, text: string, limits: BodyLimits): readonly string[] {
  const pairs = new PairCollector(name, { ...limits, pairs: limits.nestedTexts }, text.length)
  const options = { root: name, maxDepth: limits.depth, sequence: false, complete: true }
  const reader = new JsonReader(text, 0, pairs, options)
  reader.read()
  if (reader.error !== undefined) return NOTHING
  pairs.finish()
  return pairs.pairs
}
