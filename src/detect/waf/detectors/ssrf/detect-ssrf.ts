import { inRange, type IpAddress, type IpRange, lowerAscii, parseCidr } from '#wire'
import type { Detection, DetectionConfidence } from '../detection.ts'
import { hostAddress } from './host-address.ts'

/** What the detector tells apart; each is a line on the reference page. */
export const SSRF_FINDINGS = {
  'metadata-address': { help: 'A URL of the metadata service of a cloud, which hands out credentials.' },
  'disguised-address': {
    help: 'A URL whose host is an internal address in octal, hexadecimal, as one number or inside IPv6.',
  },
  'internal-name': {
    help: 'A URL whose host is a public name that resolves to an internal address, or a name of a cluster.',
  },
  'forbidden-scheme': {
    help: 'A URL with a scheme that reads files or speaks other protocols, such as gopher:// or file://.',
  },
  loopback: { help: 'A URL of the machine itself.' },
  'private-address': { help: 'A URL of a private network.' },
} as const

export type SsrfFindingName = keyof typeof SSRF_FINDINGS
export type SsrfFinding = Detection<SsrfFindingName>

const URL_START = /^[\t-\r ]{0,8}(?:url:)?(?:([a-z][a-z0-9_+.-]{1,15}):)?([/\\]{2})?/i
/** `jar:http://...!/x` and the like: the scheme of an archive before a URL. */
const NESTED_URL = /^[a-z-]{3,12}:(?:https?|file|ftp):[/\\]/i
/** Not `\s`: 0xa0 is a byte of a longer character here. */
const AUTHORITY_END = /[/?#\\\t-\r ]/
/** `http:127.0.0.1`, which URL parsers of browsers and of Node.js accept. */
const NO_SLASHES = /^https?:[0-9[]/i
/** Words after a blank: the value is a text that begins with a URL. */
const WORDS_AFTER = /[^\t-\r ][\t-\r ]+[a-z]{2}/i
const AUTHORITY_BYTES = 300

/** Schemes that no form asks for; `jar:` and the like hold another URL. */
const FORBIDDEN_SCHEMES: ReadonlySet<string> = new Set(
  'gopher dict tftp ldap ldaps ldapi netdoc jar phar expect file local_file ogg zip rar glob compress.zlib sftp view-source'.split(
    ' ',
  ),
)
/** Ordinary words before a colon, so they only count with their slashes. */
const NEEDS_SLASHES: ReadonlySet<string> = new Set([
  'file',
  'jar',
  'view-source',
  'glob',
  'zip',
  'rar',
  'expect',
  'dict',
  'ogg',
])
const WEB_SCHEMES: ReadonlySet<string | undefined> = new Set(['http', 'https', 'ftp', 'ws', 'wss', undefined])

const METADATA_NAMES =
  /^(?:metadata(?:\.google\.internal|\.goog|\.azure\.com|\.tencentyun\.com|\.packet\.net|\.platformequinix\.com)?|instance-data(?:\.[\w.]+)?|kubernetes(?:\.default(?:\.svc[\w.]*)?)?|rancher-metadata)\.?$/
const INTERNAL_NAMES =
  /(?:^|\.)(?:localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|nip\.io|sslip\.io|xip\.io|localdomain\.pw|1u\.ms|rbndr\.us|svc\.cluster\.local|cluster\.local|consul)\.?$/
const LOOPBACK_NAMES =
  /^(?:localhost|localhost\.localdomain|localhost6|ip6-localhost|ip6-loopback|(?:[\w-]+\.)?localhost)\.?$/

type RangeName = 'metadata-address' | 'loopback' | 'private-address'
const RANGES: readonly (readonly [RangeName, readonly IpRange[]])[] = [
  [
    'metadata-address',
    networks(
      '169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 192.0.0.192/32 fd00:ec2::254/128 fd20:ce::254/128',
    ),
  ],
  ['loopback', networks('127.0.0.0/8 0.0.0.0/8 ::1/128 ::/128')],
  [
    'private-address',
    networks('10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 169.254.0.0/16 100.64.0.0/10 fc00::/7 fe80::/10'),
  ],
]

function networks(text: string): readonly IpRange[] {
  return text.split(' ').flatMap((cidr) => parseCidr(cidr) ?? [])
}

/**
 * Finds a URL, as one whole decoded value (a byte string), that would make the application talk to itself, to its network or
 * to the metadata service of its cloud. URLs inside texts are not looked at.
 */
export function detectSsrf(value: string): SsrfFinding | undefined {
  const start = URL_START.exec(value)
  if (start === null || WORDS_AFTER.test(value)) return undefined
  const scheme = start[1]?.toLowerCase()
  const hasSlashes = start[2] !== undefined || NESTED_URL.test(value) || NO_SLASHES.test(value)
  if (scheme !== undefined && FORBIDDEN_SCHEMES.has(scheme) && (hasSlashes || !NEEDS_SLASHES.has(scheme))) {
    const isFile = scheme === 'file' || scheme === 'sftp' || scheme === 'ldap' || scheme === 'ldaps'
    return found('forbidden-scheme', isFile ? 'likely' : 'certain', value, start[0].length)
  }
  if (!hasSlashes || !WEB_SCHEMES.has(scheme)) return undefined
  const rest = value.slice(start[0].length, start[0].length + AUTHORITY_BYTES).replace(/^[/\\]+/, '')
  const end = rest.search(AUTHORITY_END)
  const authority = end < 0 ? rest : rest.slice(0, end)
  return judge(value, authority)
}

function judge(value: string, authority: string): SsrfFinding | undefined {
  // Parsers disagree on which of several hosts counts, so each is judged: `http://good@evil`, `http://evil#@good`.
  let worst: SsrfFinding | undefined
  for (const piece of authority.split('@', 4)) {
    const host = hostOfPiece(piece)
    const finding = host === '' ? undefined : judgeHost(value, host, authority.length)
    if (finding !== undefined && (worst === undefined || finding.confidence === 'certain')) worst = finding
  }
  return worst
}

function hostOfPiece(piece: string): string {
  if (piece.startsWith('[')) return piece.slice(0, piece.indexOf(']') + 1 || undefined)
  const colon = piece.indexOf(':')
  return lowerAscii(colon < 0 ? piece : piece.slice(0, colon))
}

function judgeHost(value: string, host: string, length: number): SsrfFinding | undefined {
  const known = hostAddress(host)
  if (known === undefined) return judgeName(value, host, length)
  const range = rangeOf(known.address)
  if (range === 'metadata-address') return found(range, 'certain', value, length)
  if (known.disguised) return found('disguised-address', range === undefined ? 'weak' : 'certain', value, length)
  return range === undefined ? undefined : found(range, range === 'loopback' ? 'likely' : 'weak', value, length)
}

function judgeName(value: string, host: string, length: number): SsrfFinding | undefined {
  if (METADATA_NAMES.test(host)) return found('metadata-address', 'certain', value, length)
  if (INTERNAL_NAMES.test(host)) return found('internal-name', 'likely', value, length)
  return LOOPBACK_NAMES.test(host) ? found('loopback', 'likely', value, length) : undefined
}

function rangeOf(address: IpAddress): RangeName | undefined {
  return RANGES.find(([, ranges]) => ranges.some((range) => inRange(address, range)))?.[0]
}

function found(finding: SsrfFindingName, confidence: DetectionConfidence, value: string, length: number): SsrfFinding {
  return { finding, confidence, offset: 0, length: Math.min(value.length, length + 8) }
}
