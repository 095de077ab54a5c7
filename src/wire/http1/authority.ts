import { parseIp } from '../ip.ts'

/** Host names: letters, digits, dots, hyphens and underscores, as DNS and browsers use them. */
const HOST_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9._-]/.test(String.fromCharCode(byte)) && byte < 0x80 ? 1 : 0,
)

// Longest name of DNS in text (RFC 1035 section 2.3.4).
const MAX_HOST_LENGTH = 253

/**
 * The host of `host[:port]` in lower case, brackets of an IPv6 address kept, a final dot removed; undefined when it is not
 * one (RFC 9110 section 7.2, narrowed to what DNS and addresses need: no percent-escapes, no user part).
 */
export function hostOf(authority: string): string | undefined {
  const colon = hostEnd(authority)
  if (colon < 0 || !isPort(authority, colon)) return undefined
  const host = colon === authority.length ? authority : authority.slice(0, colon)
  const lower = host.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}

/** Index after the host, or -1. */
function hostEnd(authority: string): number {
  if (authority.charCodeAt(0) === 0x5b) {
    const end = authority.indexOf(']')
    const inside = authority.slice(1, end)
    return end > 0 && inside.includes(':') && parseIp(inside) !== undefined ? end + 1 : -1
  }
  let at = 0
  while (at < authority.length && HOST_BYTES[authority.charCodeAt(at)] === 1) at++
  return at === 0 || at > MAX_HOST_LENGTH || authority.charCodeAt(0) === 0x2e ? -1 : at
}

/** True when nothing or `:port` (0 to 5 digits, at most 65535) follows at `colon`. */
function isPort(authority: string, colon: number): boolean {
  if (colon === authority.length) return true
  if (authority.charCodeAt(colon) !== 0x3a || authority.length - colon > 6) return false
  let port = 0
  for (let i = colon + 1; i < authority.length; i++) {
    const digit = authority.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return false
    port = port * 10 + digit
  }
  return port <= 65_535
}

/** True when two authorities mean the same host and port; `defaultPort` stands for a missing one. */
export function sameAuthority(one: string, other: string, defaultPort: number): boolean {
  if (one === other) return true
  return hostOf(one) === hostOf(other) && portOf(one, defaultPort) === portOf(other, defaultPort)
}

function portOf(authority: string, defaultPort: number): number {
  const colon = authority.lastIndexOf(':')
  if (colon < 0 || authority.endsWith(']') || colon === authority.length - 1) return defaultPort
  return Number(authority.slice(colon + 1))
}
