import { ApiRefusal } from './refusal.ts'
import type { Route } from './route.ts'

export interface RouteMatch {
  readonly route: Route
  readonly path: Readonly<Record<string, string>>
}

/** Finds the route of a request. A literal segment wins over a `{name}`. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[]

  constructor(routes: readonly Route[]) {
    const literals = (route: Route): number =>
      route.path.split('/').filter((segment) => !segment.startsWith('{')).length
    this.#routes = routes
      .toSorted((a, b) => literals(b) - literals(a))
      .map((route) => ({ route, segments: route.path.split('/') }))
  }

  /** @throws ApiRefusal 404 for an unknown path, 405 with Allow for a known one with another method */
  find(method: string, pathname: string): RouteMatch {
    const asked = method === 'HEAD' ? 'GET' : method
    const segments = pathname.split('/')
    const allowed = new Set<string>()
    for (const candidate of this.#routes) {
      const path = matchSegments(candidate.segments, segments)
      if (path === undefined) continue
      if (candidate.route.method === asked) return { route: candidate.route, path }
      for (const name of candidate.route.method === 'GET' ? ['GET', 'HEAD'] : [candidate.route.method])
        allowed.add(name)
    }
    if (allowed.size === 0) {
      throw new ApiRefusal(404, 'ERR_NOT_FOUND', 'no such resource', {
        remedy: 'See /api/v1/openapi.json for all of them.',
      })
    }
    const allow = [...allowed].join(', ')
    throw new ApiRefusal(405, 'ERR_METHOD_NOT_ALLOWED', `${method} is not possible here, only ${allow}`, {
      headers: { allow },
    })
  }
}

function matchSegments(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const path: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    if (!part.startsWith('{')) {
      if (part !== segments[i]) return undefined
      continue
    }
    const value = decodeSegment(segments[i])
    if (value === undefined || value === '') return undefined
    path[part.slice(1, -1)] = value
  }
  return path
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    // A malformed escape names nothing.
    return undefined
  }
}
