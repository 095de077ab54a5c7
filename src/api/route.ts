import { z } from 'zod'
import type { TokenScope } from '#config'
import { ApiRefusal } from './refusal.ts'
import type { ApiServices } from './services.ts'
import type { Caller } from './tokens.ts'

/** What a handler gets. `path` and `query` have passed their schemas. */
interface RouteInput<Path, Query, Body> {
  readonly path: Path
  readonly query: Query
  readonly body: Body
  /** The body as it came. */
  readonly bytes: Buffer
  /** Absent on public routes that were asked without a token. */
  readonly caller: Caller | undefined
  readonly nowMicros: number
  readonly services: ApiServices
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** A request as the router sees it, before the schemas. */
interface RawInput {
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Buffer
  readonly caller: Caller | undefined
  readonly nowMicros: number
  readonly services: ApiServices
  readonly signal: AbortSignal
}

interface RouteFacts {
  readonly method: 'GET' | 'POST'
  /** Literal segments, or `{name}` for one segment. */
  readonly path: string
  /** `public` needs no token. */
  readonly scope: TokenScope | 'public'
  readonly summary: string
  /** Media type of the answer; JSON when absent. */
  readonly contentType?: string
  /** Media type of a body that is no JSON, and is given to the handler as it came. */
  readonly bodyType?: string
  /** Most bytes of a body; 64 KiB when absent. */
  readonly bodyBytes?: number
}

export interface RouteDefinition<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Answer extends z.ZodType,
  Body extends z.ZodType = z.ZodUndefined,
> extends RouteFacts {
  readonly pathSchema: Path
  readonly querySchema: Query
  /** Of the JSON body; without it no body is looked at. */
  readonly bodySchema?: Body
  readonly answerSchema: Answer
  handle(
    input: RouteInput<z.output<Path>, z.output<Query>, z.output<Body>>,
  ): z.output<Answer> | Promise<z.output<Answer>>
}

/** A route whose types are behind it: a line of the table in `routes.ts`. */
export interface Route extends RouteFacts {
  readonly pathSchema: z.ZodObject
  readonly querySchema: z.ZodObject
  readonly bodySchema?: z.ZodType
  readonly answerSchema: z.ZodType
  answer(raw: RawInput): unknown
}

export const NO_PARAMETERS = z.strictObject({})

export function route<
  Path extends z.ZodObject,
  Query extends z.ZodObject,
  Answer extends z.ZodType,
  Body extends z.ZodType = z.ZodUndefined,
>(definition: RouteDefinition<Path, Query, Answer, Body>): Route {
  return {
    ...definition,
    answer: (raw) =>
      definition.handle({
        path: check(definition.pathSchema, raw.path, 'path'),
        query: check(definition.querySchema, singleValues(raw.query), 'query'),
        body: readBody(definition.bodySchema, raw.body),
        bytes: raw.body,
        caller: raw.caller,
        nowMicros: raw.nowMicros,
        services: raw.services,
        signal: raw.signal,
      }),
  }
}

function readBody<Body extends z.ZodType>(schema: Body | undefined, bytes: Buffer): z.output<Body> {
  // A route without a schema has the type of no body.
  if (schema === undefined) return undefined as z.output<Body>
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw invalid('the body is no JSON', 'Send a JSON object.')
  }
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw invalid(result.error.issues.map(({ path, message }) => `body "${path.join('.')}": ${message}`).join('; '))
}

function singleValues(parameters: URLSearchParams): Record<string, string> {
  const values: Record<string, string> = Object.create(null) as Record<string, string>
  for (const [name, value] of parameters) {
    if (name in values) throw invalid(`query parameter "${name}" is given twice`)
    values[name] = value
  }
  return values
}

function check<Schema extends z.ZodObject>(schema: Schema, value: unknown, where: 'path' | 'query'): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => {
    if (issue.code === 'unrecognized_keys')
      return `unknown ${where} parameter ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    return `${where} parameter "${issue.path.join('.')}": ${issue.message}`
  })
  const known = Object.keys(schema.shape)
  throw invalid(faults.join('; '), known.length === 0 ? undefined : `Known parameters: ${known.join(', ')}.`)
}

function invalid(message: string, remedy?: string): ApiRefusal {
  return new ApiRefusal(400, 'ERR_REQUEST_INVALID', message, remedy === undefined ? {} : { remedy })
}
