import { z } from 'zod'
import { openapiDocument } from '../openapi.ts'
import { NO_PARAMETERS, type Route, route } from '../route.ts'

/** The route that describes all `others`, and itself. */
export function openapiRoute(others: readonly Route[]): Route {
  const self: Route = route({
    method: 'GET',
    path: '/api/v1/openapi.json',
    scope: 'public',
    summary: 'This document.',
    pathSchema: NO_PARAMETERS,
    querySchema: NO_PARAMETERS,
    answerSchema: z.looseObject({ openapi: z.string() }),
    handle: () => openapiDocument([...others, self]),
  })
  return self
}
