import { z } from 'zod'
import type { Route } from './route.ts'
import { ERROR_SCHEMA } from './schema/problem.ts'
import { VERSION } from '#kernel'

type JsonObject = Record<string, unknown>

const ERRORS: Readonly<Record<string, string>> = {
  '400': 'A parameter, the body or the filter is faulty.',
  '401': 'No token, or an unknown one.',
  '403': 'The token lacks the scope.',
  '404': 'There is no such thing.',
  '422': 'The new policy is refused; the old one still runs.',
  '503': 'The event store cannot answer now.',
}

/** The OpenAPI 3.1 document of `routes`, made from the same schemas that check their requests. */
export function openapiDocument(routes: readonly Route[]): JsonObject & { readonly openapi: string } {
  const components = new SchemaCollector()
  const paths: Record<string, JsonObject> = {}
  for (const route of routes) {
    const item = (paths[route.path] ??= {})
    item[route.method.toLowerCase()] = operation(route, components)
  }
  const error = components.add(ERROR_SCHEMA, 'output')
  return {
    openapi: '3.1.0',
    info: { title: 'Tidegate', version: VERSION, description: 'The API of one Tidegate server.' },
    paths,
    components: {
      schemas: components.schemas,
      responses: { Error: { description: 'An error.', content: { 'application/json': { schema: error } } } },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  }
}

function operation(route: Route, components: SchemaCollector): JsonObject {
  const words = route.path
    .replace('/api/v1/', '')
    .split(/[^a-zA-Z]+/)
    .filter((word) => word !== '')
  const contentType = route.contentType ?? 'application/json'
  const statuses = Object.keys(ERRORS).filter((status) => mayAnswer(route, status))
  return {
    operationId: [route.method.toLowerCase(), ...words].join('-'),
    summary: route.summary,
    ...(route.scope === 'public' ? { security: [] } : { security: [{ token: [route.scope] }] }),
    parameters: [...parameters(route, 'path', components), ...parameters(route, 'query', components)],
    ...(route.bodyType !== undefined && {
      requestBody: {
        required: true,
        content: { [route.bodyType]: { schema: { type: 'string', contentEncoding: 'binary' } } },
      },
    }),
    ...(route.bodySchema !== undefined && {
      requestBody: {
        required: true,
        content: { 'application/json': { schema: components.add(route.bodySchema, 'input') } },
      },
    }),
    responses: {
      '200': {
        description: 'The answer.',
        content: { [contentType]: { schema: components.add(route.answerSchema, 'output') } },
      },
      ...Object.fromEntries(
        statuses.map((status) => [status, { $ref: '#/components/responses/Error', description: ERRORS[status] }]),
      ),
    },
  }
}

function mayAnswer(route: Route, status: string): boolean {
  if (status === '401' || status === '403') return route.scope !== 'public'
  if (status === '404') return route.path.includes('{')
  if (status === '422') return route.method === 'POST'
  return true
}

function parameters(route: Route, where: 'path' | 'query', components: SchemaCollector): JsonObject[] {
  const schema = where === 'path' ? route.pathSchema : route.querySchema
  const object = components.add(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonObject>>
    readonly required?: readonly string[]
  }
  return Object.entries(object.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: where,
    required: where === 'path' || (object.required ?? []).includes(name),
    ...(description === undefined ? {} : { description }),
    schema: property,
  }))
}

/** Turns zod schemas into JSON Schema and moves the named ones to one place. */
class SchemaCollector {
  readonly schemas: JsonObject = {}

  add(schema: z.ZodType, io: 'input' | 'output'): JsonObject {
    const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io }) as JsonObject
    for (const [name, definition] of Object.entries(($defs ?? {}) as JsonObject)) {
      this.schemas[name] = withoutId(relocate(definition))
    }
    return relocate(json) as JsonObject
  }
}

function withoutId(definition: unknown): unknown {
  const { id: _, ...rest } = definition as JsonObject
  return rest
}

/** The same schema with references into `components` instead of `$defs`. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : relocate(item),
    ]),
  )
}
