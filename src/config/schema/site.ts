import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { leaf, type Read, textLeaf } from './leaf.ts'
import { ORIGIN_SCHEMA } from './origin.ts'
import { duration, size, word } from './units.ts'
import { SITE_WAF_SCHEMA } from './waf.ts'

const HOST_EXPECTED = 'expected a host name, "*.suffix" for the names below it, or "*" for every other name'

function readHost(text: string): Read<string> {
  if (text === '*') return { value: text }
  if (/^[^[]*:\d+$/.test(text) || /\]:\d+$/.test(text))
    return { fault: HOST_EXPECTED, hint: '; the port belongs to the listener' }
  if (text.includes('://') || text.includes('/')) return { fault: HOST_EXPECTED, hint: '; without a scheme or path' }
  if (/^\[[0-9a-fA-F:.]+\]$/.test(text)) return { value: text.toLowerCase() }
  const prefix = text.startsWith('*.') ? '*.' : ''
  const name = domainToASCII(text.slice(prefix.length).replace(/\.$/, '')).toLowerCase()
  if (text.slice(prefix.length).includes('*'))
    return { fault: HOST_EXPECTED, hint: '; the asterisk may only stand for whole labels at the beginning' }
  const labels = name.split('.')
  const valid = name.length <= 253 && labels.every((label) => /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/.test(label))
  return valid ? { value: prefix + name } : { fault: HOST_EXPECTED }
}

const statusCodes = leaf('status or range', (input): Read<readonly number[]> => {
  const [, firstText, lastText] = /^(\d{3})(?:-(\d{3}))?$/.exec(String(input)) ?? []
  const first = Number(firstText)
  const last = Number(lastText ?? firstText)
  if (firstText === undefined || first < 100 || last > 599 || last < first) {
    return { fault: 'expected a status code from 100 to 599 or a range such as 200-299' }
  }
  return { value: Array.from({ length: last - first + 1 }, (_, index) => first + index) }
})

const activeCheck = z.strictObject({
  path: word('path', /^\/[!-~]*$/, 'a path that begins with /')
    .prefault('/')
    .describe('Path of the request.'),
  interval: duration({ least: '100ms', most: '1h' }).prefault('10s').describe('Time between two checks of an origin.'),
  timeout: duration({ least: '10ms', most: '10m' })
    .prefault('2s')
    .describe('An answer that takes longer is a failure.'),
  healthyAfter: z.int().min(1).max(100).prefault(2).describe('Successes in a row that bring an origin back.'),
  unhealthyAfter: z.int().min(1).max(100).prefault(3).describe('Failures in a row that take an origin out.'),
  expectStatus: z
    .array(statusCodes)
    .min(1)
    .prefault(['200-399'])
    .describe('Status codes of a success, single or as ranges.'),
})

const health = z.strictObject({
  maxFailures: z.int().min(1).max(1000).prefault(3).describe('Failed requests in a row that take an origin out.'),
  ejectFor: duration({ least: '100ms', most: '1h' }).prefault('10s').describe('How long an origin stays out.'),
  active: activeCheck
    .optional()
    .describe('Checks that Tidegate sends by itself; without this section only real requests count.'),
})

const protocol = textLeaf('protocol name', (text): Read<string> =>
  /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/.test(text)
    ? { value: text.toLowerCase() }
    : { fault: 'expected the name of a protocol, such as websocket' },
)

export const SITE_SCHEMA = z.strictObject({
  name: word('word', /^[A-Za-z0-9][\w.-]{0,63}$/, 'a name of letters, digits, _, . and -').describe(
    'Name of the site in rules, events and metrics.',
  ),
  hosts: z
    .array(textLeaf('host pattern', readHost))
    .min(1)
    .describe('Host names of the site: exact, "*.suffix" for the names below it, or "*" for every other name.'),
  origins: z.array(ORIGIN_SCHEMA).min(1).describe('Where the requests go: URLs, or mappings with further keys.'),
  balance: z.enum(['round-robin', 'least-connections']).prefault('round-robin').describe('How an origin is chosen.'),
  health: health.prefault({}).describe('When an origin gets no requests.'),
  preserveHost: z
    .boolean()
    .prefault(true)
    .describe("Send the client's Host header to the origin; else the origin's own."),
  bodyLimit: size({ least: '0B', most: '100TiB' }).prefault('100MiB').describe('Largest request body; 413 above.'),
  upgrade: z.array(protocol).prefault(['websocket']).describe('Protocols that a request may upgrade to.'),
  retries: z.int().min(0).max(10).prefault(1).describe('Further attempts of safe requests on other origins.'),
  waf: SITE_WAF_SCHEMA.prefault({}).describe('How the WAF judges requests and answers.'),
})
