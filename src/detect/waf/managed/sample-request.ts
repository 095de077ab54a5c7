import { lowerAscii } from '#wire'
import type { WafBody, WafRequest, WafResponse } from '../message.ts'
import type { RequestSample, ResponseSample, Sample } from './sample.ts'

const ORDINARY_FIELDS = [
  'Host',
  'shop.test',
  'User-Agent',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'Accept',
  'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language',
  'en-GB,en;q=0.8,pt;q=0.5',
  'Accept-Encoding',
  'gzip, deflate, br',
] as const

const RAY = '00000000000000000000'

/** The whole request of a sample, with what was left out filled in. */
export function sampleRequest(sample: Sample): { readonly request: WafRequest; readonly body: WafBody } {
  const given: RequestSample = typeof sample === 'string' ? { target: `/search?q=${escapeBytes(sample)}` } : sample
  const bytes = Buffer.from(given.body ?? '', 'latin1')
  const added = [...(given.headers ?? [])]
  if (given.contentType !== undefined) added.push('Content-Type', given.contentType)
  if (bytes.length > 0) added.push('Content-Length', String(bytes.length))
  const request: WafRequest = {
    ray: RAY,
    method: given.method ?? (bytes.length > 0 ? 'POST' : 'GET'),
    target: given.target ?? '/',
    version: 'HTTP/1.1',
    fields: withFields(ORDINARY_FIELDS, added),
    remoteAddress: 0xc0000201,
    remotePort: 40_000,
    localAddress: 0xc6336401,
    localPort: 443,
    secure: true,
    receivedMs: 0,
  }
  return { request, body: { bytes, complete: true, totalBytes: bytes.length } }
}

/** The answer of a sample, as its origin would send it. */
export function sampleResponse(sample: ResponseSample): { readonly response: WafResponse; readonly body: WafBody } {
  const bytes = Buffer.from(sample.body, 'latin1')
  const fields = ['Content-Type', sample.contentType ?? 'text/html', ...(sample.headers ?? [])]
  return {
    response: { status: sample.status ?? 200, reason: '', version: 'HTTP/1.1', fields },
    body: { bytes, complete: true, totalBytes: bytes.length },
  }
}

/** Percent-escapes every byte that is no letter or digit. */
export function escapeBytes(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, (byte) => `%${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

function withFields(ordinary: readonly string[], added: readonly string[]): readonly string[] {
  const names = new Set(added.filter((_, index) => index % 2 === 0).map(lowerAscii))
  const kept = ordinary.filter((_, index) => !names.has(lowerAscii(ordinary[index - (index % 2)])))
  return [...kept, ...added]
}
