import { z } from 'zod'
import { type Read, shortened, textLeaf } from './leaf.ts'
import { filePath, word } from './units.ts'

/** An origin URL taken apart. */
export interface OriginUrl {
  readonly url: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

const EXPECTED = 'expected the URL of an origin, such as http://127.0.0.1:9000 or https://app.internal'

function readOriginUrl(text: string): Read<OriginUrl> {
  if (!URL.canParse(text)) return { fault: EXPECTED }
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { fault: EXPECTED }
  if (url.username !== '' || url.password !== '') {
    return {
      fault: 'expected an origin URL without user name and password',
      hint: '; add an Authorization header with a `set_header` rule instead',
    }
  }
  if (url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    return {
      fault: 'expected an origin URL without path and query',
      hint: '; change paths with a `rewrite` rule in the phase transform_request instead',
    }
  }
  const secure = url.protocol === 'https:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port)
  if (host === '' || port === 0) return { fault: EXPECTED }
  return { value: { url: url.origin, secure, host, port } }
}

/** `origins: [http://host:port]`, or a mapping with further keys. */
export const ORIGIN_SCHEMA = shortened(
  'url',
  z.strictObject({
    url: textLeaf('origin URL', readOriginUrl).describe('`http://host:port` or `https://host:port`, without a path.'),
    verify: z
      .boolean()
      .prefault(true)
      .describe('Verify the certificate of an https origin. Off only for a test machine.'),
    ca: filePath().optional().describe('PEM file of authorities to trust instead of those of the system.'),
    serverName: word('host name', /^[A-Za-z0-9_.-]{1,253}$/, 'a host name')
      .optional()
      .describe('Name for SNI and verification when it is not the host of the URL.'),
    maxConnections: z
      .int()
      .min(1)
      .max(100_000)
      .prefault(256)
      .describe(
        'Connections that one worker opens to this origin; further requests wait for one up to timeouts.originConnect.',
      ),
  }),
)
