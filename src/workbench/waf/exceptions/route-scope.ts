import { printOperand } from '#rules'
import type { JudgedRequest } from './judged-request.ts'
import { exactPattern, patternOfName } from './name-pattern.ts'

/** Which requests an exception is for. What is undefined is not asked for. */
export interface RouteScope {
  readonly hosts: readonly string[] | undefined
  readonly methods: readonly string[] | undefined
  readonly paths: PathScope | undefined
}

type PathScope =
  | { readonly kind: 'exact'; readonly paths: readonly string[] }
  | { readonly kind: 'patterns'; readonly sources: readonly string[] }

/** The narrowest scope of some requests: their hosts and methods, and their paths or what these have in common. */
export function narrowestScope(requests: readonly JudgedRequest[]): RouteScope {
  return { ...hostScope(requests), methods: known(requests, ({ method }) => method), paths: pathScope(requests, false) }
}

/** As `narrowestScope`, for other numbers and ids in the paths as well. */
export function patternScope(requests: readonly JudgedRequest[]): RouteScope {
  return { ...narrowestScope(requests), paths: pathScope(requests, true) }
}

/** Every path and method of the hosts. */
export function hostScope(requests: readonly JudgedRequest[]): RouteScope {
  return { hosts: known(requests, ({ host }) => host), methods: undefined, paths: undefined }
}

/** The distinct values; undefined when one request does not tell. */
function known(
  requests: readonly JudgedRequest[],
  read: (request: JudgedRequest) => string | undefined,
): readonly string[] | undefined {
  const values = requests.map(read)
  return values.every((value) => value !== undefined) ? [...new Set(values)].sort() : undefined
}

function pathScope(requests: readonly JudgedRequest[], wantsPattern: boolean): PathScope | undefined {
  const paths = known(requests, ({ path }) => path)
  if (paths === undefined) return undefined
  const patterns = paths.map((path) => patternOfName(path, '/'))
  const distinct = [...new Set(patterns)]
  // Paths that differ only in a number or an id are one route.
  const isOneRoute = paths.length > 1 && distinct.length === 1
  const isVariable = patterns.some((pattern) => pattern !== undefined)
  if (!isVariable || !(wantsPattern || isOneRoute)) return { kind: 'exact', paths }
  const sources = paths.map((path, i) => patterns[i] ?? exactPattern(path))
  return { kind: 'patterns', sources: [...new Set(sources)] }
}

/** Whether an exception of this scope is asked about a request. */
export function fitsScope({ hosts, methods, paths }: RouteScope, request: JudgedRequest): boolean {
  return isAmong(hosts, request.host) && isAmong(methods, request.method) && fitsPath(paths, request.path)
}

function isAmong(values: readonly string[] | undefined, value: string | undefined): boolean {
  return values === undefined || (value !== undefined && values.includes(value))
}

function fitsPath(scope: PathScope | undefined, path: string | undefined): boolean {
  if (scope === undefined) return true
  if (path === undefined) return false
  if (scope.kind === 'exact') return scope.paths.includes(path)
  return scope.sources.some((source) => new RegExp(source).test(bytesOf(path)))
}

/** The scope in the rules language. */
export function expressionOf({ hosts, methods, paths }: RouteScope): string {
  const conditions = [
    ...oneOf('http.host', hosts),
    ...oneOf('http.request.method', methods),
    ...(paths?.kind === 'exact' ? oneOf('http.request.uri.path', paths.paths) : []),
    ...(paths?.kind === 'patterns' ? [patternCondition(paths.sources)] : []),
  ]
  // Every request has a method: the expression of an exception for all of them.
  return conditions.length === 0 ? 'len(http.request.method) > 0' : conditions.join(' and ')
}

function oneOf(field: string, values: readonly string[] | undefined): string[] {
  if (values === undefined || values.length === 0) return []
  if (values.length === 1) return [`${field} == ${quoted(values[0])}`]
  return [`${field} in {${values.map(quoted).join(' ')}}`]
}

function patternCondition(sources: readonly string[]): string {
  const conditions = sources.map((source) => `http.request.uri.path matches r"${source}"`)
  return conditions.length === 1 ? conditions[0] : `(${conditions.join(' or ')})`
}

/** A text as a string of the language: bytes, as the fields hold them. */
function quoted(text: string): string {
  return printOperand({ kind: 'Literal', type: 'String', value: bytesOf(text), span: NOWHERE })
}

const NOWHERE = { start: 0, end: 0 } as const

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
