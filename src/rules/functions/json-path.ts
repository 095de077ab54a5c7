import { RESULT_LIMIT_BYTES } from './function.ts'

/** A number that is an integer but written with a fraction or exponent: it is not one for the language. */
const ODD_NUMBER = /[0-9](?:\.[0-9]|[eE])/

/**
 * The value at a path in a JSON text (RFC 8259, UTF-8, at most 1 MiB); undefined when the text is not JSON or the path leads
 * nowhere. Of equal names in one object the last counts. A number with a fraction or an exponent is NaN.
 */
export function lookupJson(document: string, keys: readonly (string | number)[]): unknown {
  const parsed = parseDocument(document)
  let value = parsed
  for (const key of keys) {
    if (typeof value !== 'object' || value === null) return undefined
    if (Array.isArray(value) !== (typeof key === 'number')) return undefined
    const name = typeof key === 'number' ? key : decodeUtf8(key)
    if (name === undefined || !Object.hasOwn(value, name)) return undefined
    value = (value as Record<string | number, unknown>)[name]
  }
  return value
}

function parseDocument(document: string): unknown {
  if (document.length > RESULT_LIMIT_BYTES) return undefined
  const text = decodeUtf8(document)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text, ODD_NUMBER.test(text) ? markOddNumbers : undefined)
  } catch {
    // Not JSON: for the language there is nothing at any path.
    return undefined
  }
}

function markOddNumbers(_key: string, value: unknown, place?: { readonly source?: string }): unknown {
  return typeof value === 'number' && place?.source !== undefined && ODD_NUMBER.test(place.source) ? Number.NaN : value
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodeUtf8(bytes: string): string | undefined {
  try {
    return STRICT_UTF8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    // The bytes are not UTF-8, so they are not JSON either.
    return undefined
  }
}
