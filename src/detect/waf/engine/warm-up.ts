import type { Waf } from '../inspection.ts'
import type { WafRequest } from '../message.ts'
import type { WafSettings } from '../settings.ts'

/** Rounds after which the code that every request runs has been compiled by V8, and the automata know ordinary bytes. */
const ROUNDS = 6

interface Example {
  readonly method: string
  readonly target: string
  readonly contentType: string
  readonly body: string
}

const TEXT = 'A letter to the editor, written on 12 May: "Is it true?" (yes & no; see https://example.test/a-b_c?x=1#y)'

/** Hostile bytes of many kinds, so that the automata of patterns that look for them are built. */
const HOSTILE =
  `1' or 1=1 -- union select a,b from t;\r\n<script src=x onerror=alert(1)>../../etc/passwd` +
  ` $(id) \`id\` |cat \${jndi:ldap://x} {{7*7}} %0a%252e &#x41; \\x41 \\u0041 /*!0*/ \xc3\xa9\0 php://input`

const EXAMPLES: readonly Example[] = [
  { method: 'GET', target: '/catalogue/lamps?q=desk+lamp&page=2', contentType: '', body: '' },
  { method: 'GET', target: `/?q=${encodeURIComponent(HOSTILE)}`, contentType: '', body: '' },
  {
    method: 'POST',
    target: '/account',
    contentType: 'application/x-www-form-urlencoded',
    body: `name=Ana&text=${encodeURIComponent(TEXT)}&other=${encodeURIComponent(HOSTILE)}`,
  },
  {
    method: 'POST',
    target: '/api/orders',
    contentType: 'application/json',
    body: JSON.stringify({
      items: [
        { id: 1, name: 'lamp', note: TEXT },
        { id: 2, name: 'desk', note: HOSTILE },
      ],
    }),
  },
]

/**
 * Judges some requests, so that the first real one does not pay for what V8 and the patterns prepare when they are first used:
 * without this, the first seconds of a process are several times slower.
 */
export function warmUp(waf: Waf, settings: WafSettings): void {
  for (let round = 0; round < ROUNDS; round++) for (const example of EXAMPLES) judge(waf, settings, example)
}

function judge(waf: Waf, settings: WafSettings, { method, target, contentType, body }: Example): void {
  const bytes = Buffer.from(body, 'latin1')
  const inspection = waf.inspect(requestOf(method, target, contentType, bytes.length), settings, [])
  inspection.head()
  inspection.body({ bytes, complete: true, totalBytes: bytes.length })
  const answer = Buffer.from(`<!doctype html><p>${TEXT}</p>`, 'latin1')
  const fields = ['Content-Type', 'text/html; charset=utf-8', 'Content-Length', String(answer.length)]
  if (inspection.response({ status: 200, reason: 'OK', version: 'HTTP/1.1', fields })) {
    inspection.responseBody({ bytes: answer, complete: true, totalBytes: answer.length })
  }
  inspection.finish()
}

function requestOf(method: string, target: string, contentType: string, bodyBytes: number): WafRequest {
  const body = contentType === '' ? [] : ['Content-Type', contentType, 'Content-Length', String(bodyBytes)]
  return {
    ray: 'warm-up',
    method,
    target,
    version: 'HTTP/1.1',
    fields: [
      'Host',
      'www.example.test',
      'User-Agent',
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Accept',
      'text/html,application/xhtml+xml,*/*;q=0.8',
      'Accept-Encoding',
      'gzip, deflate, br',
      'Cookie',
      'session=0123456789abcdef; theme=dark',
      ...body,
    ],
    remoteAddress: 0,
    remotePort: 0,
    localAddress: 0,
    localPort: 0,
    secure: true,
    receivedMs: 0,
  }
}
