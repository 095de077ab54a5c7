import type { CompileEnvironment } from '#rules'
import { z } from 'zod'
import type { RewriteAction, TextValue } from './action.ts'
import { type ActionDefinition, problem } from './definition.ts'
import { encodeHighBytes, faultOfPath, faultOfQuery } from './request-target.ts'
import { buildText, type CheckText, compileText, TEXT_SCHEMA } from './text-value.ts'

const SCHEMA = z.strictObject({ path: TEXT_SCHEMA.optional(), query: TEXT_SCHEMA.optional() })

export const REWRITE: ActionDefinition<RewriteAction, typeof SCHEMA> = {
  name: 'rewrite',
  help: 'Changes the path, the query or both that the origin receives. An empty query removes it. When a computed value is no legal target, the request keeps the one it had, and the event says so.',
  phases: ['transform_request'],
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { rewrite: { path: /new, query: "a=1" } }',
    `action: { rewrite: { path: { expression: 'concat("/v2", http.request.uri.path)' } } }`,
  ],
  build({ path, query }, { parseText }) {
    if (path === undefined && query === undefined) return problem('nothing to rewrite: give `path`, `query` or both')
    const builtPath = path === undefined ? undefined : buildText(path, ['path'], parseText, faultOfPath)
    if (builtPath?.ok === false) return builtPath
    const builtQuery = query === undefined ? undefined : buildText(query, ['query'], parseText, faultOfQuery)
    if (builtQuery?.ok === false) return builtQuery
    return {
      ok: true,
      action: {
        type: 'rewrite',
        terminating: false,
        ...(builtPath === undefined ? {} : { path: builtPath.value }),
        ...(builtQuery === undefined ? {} : { query: builtQuery.value }),
      },
    }
  },
}

/** Path and query of an origin-form target; `query` is undefined when there is no question mark. */
export interface TargetParts {
  readonly path: string
  readonly query: string | undefined
}

export type RewriteResult =
  | { readonly ok: true; readonly target: TargetParts }
  /** The request keeps its target. */
  | { readonly ok: false; readonly why: string }

export interface RewriteEffect<Context> {
  readonly type: 'rewrite'
  /** The target that the origin shall receive instead of `target`. */
  rewrite(context: Context, target: TargetParts): RewriteResult
}

export function compileRewrite<Context>(
  action: RewriteAction,
  environment: CompileEnvironment<Context>,
): RewriteEffect<Context> {
  const readPath = compilePart(action.path, 'path', faultOfPath, environment)
  const readQuery = compilePart(action.query, 'query', faultOfQuery, environment)
  return {
    type: 'rewrite',
    rewrite(context, target) {
      const path = readPath?.(context)
      if (path?.ok === false) return path
      const query = readQuery?.(context)
      if (query?.ok === false) return query
      const newQuery = query === undefined ? target.query : query.text === '' ? undefined : query.text
      return { ok: true, target: { path: path?.text ?? target.path, query: newQuery } }
    },
  }
}

type PartResult = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string }

function compilePart<Context>(
  value: TextValue | undefined,
  name: string,
  check: CheckText,
  environment: CompileEnvironment<Context>,
): ((context: Context) => PartResult) | undefined {
  if (value === undefined) return undefined
  const read = compileText(value, environment)
  return (context) => {
    const text = read(context)
    if (text === undefined) return { ok: false, why: `the new ${name} has no value for this request` }
    const encoded = encodeHighBytes(text)
    const fault = check(encoded)
    return fault === undefined ? { ok: true, text: encoded } : { ok: false, why: fault }
  }
}
