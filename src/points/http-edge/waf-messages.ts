import type { WafRequest, WafResponse } from '#detect'
import { type FieldList, fieldValue, type LenientHead, type ResponseHead } from '#wire'
import type { ExchangeFacts } from './facts.ts'
import { withoutTestField } from './test-client.ts'

/** What the WAF reads of a request whose head passed the codec. */
export function wafRequest(facts: ExchangeFacts): WafRequest {
  const { method, target, version, fields } = facts.head!
  return requestOf(facts, { method, target, version, fields })
}

/** The same of a head that was refused, as far as it could be read. */
export function refusedWafRequest(facts: ExchangeFacts, reading: LenientHead): WafRequest {
  return requestOf(facts, reading)
}

function requestOf(facts: ExchangeFacts, { method, target, version, fields }: LenientHead): WafRequest {
  const { connection } = facts
  return {
    ray: facts.ray,
    method,
    target,
    version,
    fields: withoutTestField(fields),
    remoteAddress: facts.clientAddress,
    remotePort: connection.remotePort,
    localAddress: connection.localAddress,
    localPort: connection.localPort,
    secure: connection.tls !== undefined,
    receivedMs: facts.receivedMs,
  }
}

/** What the WAF reads of the head of an origin's answer. */
export function wafResponse({ status, reason, version, fields }: ResponseHead): WafResponse {
  return { status, reason, version, fields }
}

const STREAMED_TYPES = ['text/event-stream', 'multipart/x-mixed-replace']

/**
 * Whether an answer may be held back while it is inspected: not one that is a stream by its nature, whose reader waits for
 * each piece, and not a download.
 */
export function mayHold(mime: string | undefined, fields: FieldList): boolean {
  if (mime !== undefined && STREAMED_TYPES.includes(mime)) return false
  const disposition = fieldValue(fields, 'content-disposition')
  return disposition === undefined || !/^\s*attachment/i.test(disposition)
}
