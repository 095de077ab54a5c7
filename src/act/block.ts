import { REQUEST_PHASES } from '#decide'
import { z } from 'zod'
import type { BlockAction } from './action.ts'
import { type ActionDefinition, problem } from './definition.ts'
import { faultOfFieldValue } from './field-value.ts'
import { toBytes } from './text-value.ts'

const DEFAULT_STATUS = 403
const BODY_LIMIT_BYTES = 65_536
const DEFAULT_CONTENT_TYPE = 'text/plain; charset=utf-8'

const SCHEMA = z.strictObject({
  status: z.int().min(400).max(599).optional(),
  body: z.string().optional(),
  contentType: z.string().min(1).optional(),
})

export const BLOCK: ActionDefinition<BlockAction, typeof SCHEMA> = {
  name: 'block',
  help: 'Answers with an error status (400 to 599, default 403) and ends the evaluation; in `firewall_response` in place of the answer of the origin. Without `body` the error page is sent, in HTML or JSON as the client accepts, with the ray.',
  phases: [...REQUEST_PHASES, 'firewall_response'],
  terminating: true,
  schema: SCHEMA,
  examples: [
    'action: block',
    'action: { block: { status: 451, body: "Not available here.\\n", contentType: text/plain } }',
  ],
  build({ status = DEFAULT_STATUS, body, contentType }) {
    if (body === undefined) {
      if (contentType !== undefined) return problem('`contentType` needs a `body`', 'contentType')
      return { ok: true, action: { type: 'block', terminating: true, status } }
    }
    const text = toBytes(body)
    if (text.length > BODY_LIMIT_BYTES) return problem(`the body may have ${BODY_LIMIT_BYTES} bytes`, 'body')
    const type = contentType ?? DEFAULT_CONTENT_TYPE
    const fault = faultOfFieldValue(type)
    if (fault !== undefined) return problem(fault, 'contentType')
    return { ok: true, action: { type: 'block', terminating: true, status, body: { contentType: type, text } } }
  },
}
