import type { CompileEnvironment } from '#rules'
import { z } from 'zod'
import type { SetHeaderAction } from './action.ts'
import { type ActionDefinition, problem } from './definition.ts'
import { cleanFieldValue, FIELD_VALUE_LIMIT_BYTES, faultOfFieldValue } from './field-value.ts'
import { buildText, compileText, TEXT_SCHEMA } from './text-value.ts'

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i
const NAME_LIMIT_BYTES = 128

/** Fields that frame the message or belong to one connection: a rule that set them could split a message in two. */
const FRAMING_FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'te',
  'tidegate-ray',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const SCHEMA = z.strictObject({
  name: z.string(),
  value: TEXT_SCHEMA.optional(),
  add: TEXT_SCHEMA.optional(),
  remove: z.literal(true).optional(),
})

export const SET_HEADER: ActionDefinition<SetHeaderAction, typeof SCHEMA> = {
  name: 'set_header',
  help: 'Changes a header of the request to the origin (`transform_request`) or of the answer to the client (`transform_response`): `value` replaces all fields of that name, `add` puts one more behind them, `remove: true` takes them away. A computed `value` that is absent also removes, so that a client can not bring its own.',
  phases: ['transform_request', 'transform_response'],
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { set_header: { name: X-Frame-Options, value: DENY } }',
    'action: { set_header: { name: X-Client, add: { expression: to_string(ip.src) } } }',
    'action: { set_header: { name: Server, remove: true } }',
  ],
  build({ name, value, add, remove }, { parseText }) {
    const fault = faultOfName(name)
    if (fault !== undefined) return problem(fault, 'name')
    if ([value, add, remove].filter((each) => each !== undefined).length !== 1) {
      return problem('give exactly one of `value`, `add` and `remove: true`')
    }
    const key = value === undefined ? 'add' : 'value'
    const written = value ?? add
    if (written === undefined) {
      return { ok: true, action: { type: 'set_header', terminating: false, name, operation: 'remove' } }
    }
    const built = buildText(written, [key], parseText, faultOfFieldValue)
    if (!built.ok) return built
    const operation = key === 'value' ? 'set' : 'add'
    return { ok: true, action: { type: 'set_header', terminating: false, name, operation, value: built.value } }
  },
}

function faultOfName(name: string): string | undefined {
  if (!TOKEN.test(name) || name.length > NAME_LIMIT_BYTES) return `"${name}" is no header name`
  const lower = name.toLowerCase()
  if (lower === 'host') return 'the Host header is set by `route: { host: ... }`'
  if (FRAMING_FIELDS.has(lower) || lower.startsWith('proxy-')) {
    return `${name} belongs to the connection or frames the message: a rule may not touch it`
  }
  return undefined
}

export interface SetHeaderEffect<Context> {
  readonly type: 'set_header'
  /**
   * Changes `headers` in place: a flat list of name, value, name, value ... Returns why nothing was changed, or undefined.
   */
  apply(context: Context, headers: string[]): string | undefined
}

export function compileSetHeader<Context>(
  action: SetHeaderAction,
  environment: CompileEnvironment<Context>,
): SetHeaderEffect<Context> {
  const { name, operation } = action
  const lowerName = name.toLowerCase()
  const read = action.value === undefined ? undefined : compileText(action.value, environment)
  return {
    type: 'set_header',
    apply(context, headers) {
      const raw = read?.(context)
      const value = raw === undefined ? undefined : cleanFieldValue(raw)
      if (raw !== undefined && value === undefined) {
        return `the value of ${name} is longer than ${FIELD_VALUE_LIMIT_BYTES} bytes`
      }
      if (operation !== 'add') replaceAll(headers, name, lowerName, value)
      else if (value !== undefined) headers.push(name, value)
      return undefined
    },
  }
}

/** Puts `value` where the first field of that name stood, or at the end, and takes the others away; without value all. */
function replaceAll(headers: string[], name: string, lowerName: string, value: string | undefined): void {
  let kept = 0
  let pending = value
  for (let at = 0; at < headers.length; at += 2) {
    const isNamed = headers[at].length === lowerName.length && headers[at].toLowerCase() === lowerName
    const newValue = isNamed ? pending : headers[at + 1]
    if (isNamed) pending = undefined
    if (newValue === undefined) continue
    headers[kept] = isNamed ? name : headers[at]
    headers[kept + 1] = newValue
    kept += 2
  }
  headers.length = kept
  if (pending !== undefined) headers.push(name, pending)
}
