import { hash } from 'node:crypto'
import type { FieldList } from './head.ts'

/** Fields by lower-cased name, values in order. */
export function fieldMap(fields: FieldList): Map<string, string[]> {
  const map = new Map<string, string[]>()
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i].toLowerCase()
    const values = map.get(name)
    if (values === undefined) map.set(name, [fields[i + 1]])
    else values.push(fields[i + 1])
  }
  return map
}

/** All Cookie fields as one, as HTTP/2 splits them (RFC 9113 section 8.2.3); undefined without any. */
export function joinedCookies(fields: FieldList): string | undefined {
  let joined: string | undefined
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i].length !== 6 || fields[i].toLowerCase() !== 'cookie') continue
    joined = joined === undefined ? fields[i + 1] : `${joined}; ${fields[i + 1]}`
  }
  return joined
}

// Clients come with few different orders, so hashing each again would be most of what an event costs.
const ORDER_CACHE_ENTRIES = 4096
const ORDER_CACHE_TEXT = 2048
const orderCache = new Map<string, string>()

/** First 16 hex digits of SHA-256 over the field names in order, case as sent, one a line. */
export function fieldOrderHash(fields: FieldList): string {
  let names = ''
  for (let i = 0; i < fields.length; i += 2) names += `${fields[i]}\n`
  const cached = orderCache.get(names)
  if (cached !== undefined) return cached
  const digest = hash('sha256', names, 'hex').slice(0, 16)
  if (names.length <= ORDER_CACHE_TEXT) {
    if (orderCache.size >= ORDER_CACHE_ENTRIES) orderCache.clear()
    orderCache.set(names, digest)
  }
  return digest
}
