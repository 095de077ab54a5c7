import { HTTP_PHASES } from '#decide'
import type { EnforcementPoint } from '../point.ts'

/** The reverse proxy in front of applications. */
export const HTTP_EDGE: EnforcementPoint = {
  name: 'http-edge',
  help: 'Reverse proxy for HTTP/1.1 and HTTP/2 in front of applications.',
  phases: HTTP_PHASES,
  worker: new URL('./worker.ts', import.meta.url),
}
