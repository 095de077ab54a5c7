import { createHmac, timingSafeEqual } from 'node:crypto'
import { decodeBase64 } from './decode-base64.ts'
import type { FunctionDefinition, LiteralValue } from './function.ts'

const TIMESTAMP_DIGITS = 10
/** SHA-256 in Base64 without padding. */
const MAC_LENGTH_AT_LEAST = 43

interface TimedMac {
  /** Message and separator. */
  readonly head: string
  readonly timestamp: string
  readonly mac: string
}

/** Cuts `message separator timestamp-mac` at the last hyphen that has ten digits before it and a whole MAC after it. */
function cut(text: string): TimedMac | undefined {
  let hyphen = text.lastIndexOf('-', text.length - MAC_LENGTH_AT_LEAST - 1)
  while (hyphen > TIMESTAMP_DIGITS) {
    const timestamp = text.slice(hyphen - TIMESTAMP_DIGITS, hyphen)
    if (/^[0-9]{10}$/.test(timestamp)) {
      return { head: text.slice(0, hyphen - TIMESTAMP_DIGITS), timestamp, mac: text.slice(hyphen + 1) }
    }
    hyphen = text.lastIndexOf('-', hyphen - 1)
  }
  return undefined
}

function percentDecoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function isValid(
  key: string,
  messageMac: string,
  ttlSeconds: number,
  nowSeconds: number,
  separatorLength = 0,
  flags = '',
): boolean {
  const parts = cut(messageMac)
  if (parts === undefined || parts.head.length <= separatorLength) return false
  if (nowSeconds > Number(parts.timestamp) + ttlSeconds) return false
  const mac = decodeBase64(flags === 's' ? parts.mac : percentDecoded(parts.mac))
  if (mac === undefined || mac.length !== 32) return false
  const message = parts.head.slice(0, parts.head.length - separatorLength)
  const expected = createHmac('sha256', Buffer.from(key, 'latin1'))
    .update(message + parts.timestamp, 'latin1')
    .digest()
  return timingSafeEqual(expected, Buffer.from(mac, 'latin1'))
}

const notNegative = (name: string) => (value: LiteralValue) =>
  Number(value) >= 0 ? undefined : `\`${name}\` may not be negative`

export const IS_TIMED_HMAC_VALID: FunctionDefinition = {
  name: 'is_timed_hmac_valid',
  help:
    'True when `message` is followed by a separator, a 10-digit Unix time, `-` and the Base64 HMAC-SHA-256 of message and time ' +
    'under the key, not older than `ttl` seconds. The MAC is percent-encoded, or URL-safe Base64 with the flag "s".',
  example: 'is_timed_hmac_valid("key", http.request.uri, 3600, http.request.timestamp.sec, 8)',
  parameters: [
    { name: 'key', types: ['String'], literal: true },
    { name: 'message', types: ['String'] },
    { name: 'ttl', types: ['Int'], literal: true, check: notNegative('ttl') },
    { name: 'now', types: ['Int'] },
    { name: 'separator_length', types: ['Int'], literal: true, optional: true, check: notNegative('separator_length') },
    {
      name: 'flags',
      types: ['String'],
      literal: true,
      optional: true,
      check: (flags) => (flags === '' || flags === 's' ? undefined : 'the only flag is "s" (URL-safe)'),
    },
  ],
  result: 'Bool',
  evaluate: isValid,
}

/** The name under which other products have it. */
export const IS_TIMED_HMAC_VALID_V0: FunctionDefinition = { ...IS_TIMED_HMAC_VALID, name: 'is_timed_hmac_valid_v0' }
