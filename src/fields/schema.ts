import { CONNECTION_FIELDS } from './connection.ts'
import { DNS_FIELDS } from './dns.ts'
import { EVENT_FIELDS } from './event.ts'
import type { Field } from './field.ts'
import { FLOW_FIELDS } from './flow.ts'
import { FRAME_FIELDS } from './frame.ts'
import { HTTP_REQUEST_FIELDS } from './http-request.ts'
import { HTTP_RESPONSE_FIELDS } from './http-response.ts'
import { IP_HEADER_FIELDS } from './ip-header.ts'
import { IP_FIELDS } from './ip.ts'
import { ORIGIN_FIELDS } from './origin.ts'
import { PACKET_EVENT_FIELDS } from './packet-event.ts'
import { TCP_FIELDS } from './tcp.ts'
import { TLS_FIELDS } from './tls.ts'
import { TRANSPORT_FIELDS } from './transport.ts'
import { WAF_VALUE_FIELDS } from './waf-value.ts'
import { WAF_FIELDS } from './waf.ts'

/** Every field of the language. A namespace is a file; adding a field is one entry there. */
export const FIELDS: readonly Field[] = Object.freeze([
  ...EVENT_FIELDS,
  ...IP_FIELDS,
  ...TLS_FIELDS,
  ...HTTP_REQUEST_FIELDS,
  ...HTTP_RESPONSE_FIELDS,
  ...ORIGIN_FIELDS,
  ...WAF_FIELDS,
  ...WAF_VALUE_FIELDS,
  ...PACKET_EVENT_FIELDS,
  ...FRAME_FIELDS,
  ...IP_HEADER_FIELDS,
  ...TCP_FIELDS,
  ...TRANSPORT_FIELDS,
  ...DNS_FIELDS,
  ...CONNECTION_FIELDS,
  ...FLOW_FIELDS,
])

/** Fields by name, as the checker and the completion look them up. */
export const FIELD_BY_NAME: ReadonlyMap<string, Field> = new Map(FIELDS.map((field) => [field.name, field]))
