import type { RequestSample, WafClass } from '#detect'
import type { CorpusRequest } from '../corpus-request.ts'
import { EXPLOIT_REQUESTS } from './exploit-requests.ts'
import { DISGUISES, PLACES, QUERY_ARGUMENT } from './placement.ts'
import { PROTOCOL_REQUESTS, SCANNER_REQUESTS, SESSION_REQUESTS, UPLOAD_REQUESTS } from './probe-requests.ts'
import { CODE_PAYLOADS, SHELL_PAYLOADS } from './rce-payloads.ts'
import { QUERY_PAYLOADS, SQLI_PAYLOADS } from './sqli-payloads.ts'
import { SSRF_PAYLOADS } from './ssrf-payloads.ts'
import { TEMPLATE_PAYLOADS } from './template-payloads.ts'
import { TRAVERSAL_PAYLOADS } from './traversal-payloads.ts'
import { XSS_PAYLOADS } from './xss-payloads.ts'

interface PayloadGroup {
  readonly name: string
  readonly class: WafClass
  readonly payloads: readonly string[]
}

/** Payloads that work in any value. */
const PAYLOAD_GROUPS: readonly PayloadGroup[] = [
  { name: 'sqli', class: 'sqli', payloads: SQLI_PAYLOADS },
  { name: 'query', class: 'sqli', payloads: QUERY_PAYLOADS },
  { name: 'xss', class: 'xss', payloads: XSS_PAYLOADS },
  { name: 'shell', class: 'rce', payloads: SHELL_PAYLOADS },
  { name: 'code', class: 'rce', payloads: CODE_PAYLOADS },
  { name: 'template', class: 'template', payloads: TEMPLATE_PAYLOADS },
  { name: 'traversal', class: 'traversal', payloads: TRAVERSAL_PAYLOADS },
  { name: 'ssrf', class: 'ssrf', payloads: SSRF_PAYLOADS },
]

/** Attacks that are whole requests. */
const REQUEST_GROUPS: readonly { readonly class: WafClass; readonly requests: readonly RequestSample[] }[] = [
  { class: 'exploit', requests: EXPLOIT_REQUESTS },
  { class: 'scanner', requests: SCANNER_REQUESTS },
  { class: 'protocol', requests: PROTOCOL_REQUESTS },
  { class: 'upload', requests: UPLOAD_REQUESTS },
  { class: 'session', requests: SESSION_REQUESTS },
]

/**
 * Attacks of all classes, always the same: each payload as a plain query argument, in one other place of a request, and in one
 * disguise; the places and disguises take turns.
 */
export function attackCorpus(): readonly CorpusRequest[] {
  const requests = REQUEST_GROUPS.flatMap(({ class: name, requests: samples }) =>
    samples.map((sample, index) => attackOf(`${name}-request-${index + 1}`, name, sample)),
  )
  return [...PAYLOAD_GROUPS.flatMap(payloadRequests), ...requests]
}

function payloadRequests(group: PayloadGroup): readonly CorpusRequest[] {
  return group.payloads.flatMap((payload, index) => {
    const id = `${group.name}-${index + 1}`
    const place = PLACES[index % PLACES.length]
    const disguise = DISGUISES[index % DISGUISES.length]
    return [
      attackOf(`${id}-query`, group.class, QUERY_ARGUMENT.make(payload)),
      attackOf(`${id}-${place.name}`, group.class, place.make(payload)),
      attackOf(`${id}-${disguise.name}`, group.class, disguise.make(payload)),
    ]
  })
}

function attackOf(id: string, attackClass: WafClass, sample: RequestSample): CorpusRequest {
  return { id: `attack-${id}`, kind: 'attack', class: attackClass, origin: 'attack corpus', sample }
}
