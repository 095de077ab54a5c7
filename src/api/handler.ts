import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TokenScope } from '#config'
import { TidegateError, wallClockMicros } from '#kernel'
import { ApiRefusal, errorAnswer } from './refusal.ts'
import type { Route } from './route.ts'
import { Router } from './router.ts'
import { ROUTES } from './routes.ts'
import type { ApiServices } from './services.ts'
import type { Caller, TokenRing } from './tokens.ts'

const TARGET_CHARACTERS = 16_384
const BODY_BYTES = 65_536
const JSON_TYPE = 'application/json'

export type ApiHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The HTTP API: answers every request, also a faulty one, with JSON. `onFault` hears of exceptions that are not ours to explain. */
export function createApiHandler(
  services: ApiServices,
  tokens: TokenRing,
  onFault: (error: unknown) => void,
): ApiHandler {
  const router = new Router(ROUTES)
  return async (request, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    try {
      const asked = { request, signal: gone.signal }
      const { route, answer } = await answerRequest(asked, router, services, tokens)
      send(request, response, 200, route.contentType ?? JSON_TYPE, answer, {})
    } catch (thrown) {
      // Who is gone is told nothing.
      if (gone.signal.aborted) return
      const { status, headers, body } = errorAnswer(thrown)
      if (status >= 500 && !isOfClient(thrown)) onFault(thrown)
      send(request, response, status, JSON_TYPE, body, headers)
    }
  }
}

/** That too much is asked is no fault of ours. */
function isOfClient(thrown: unknown): boolean {
  return thrown instanceof TidegateError && thrown.source === 'client'
}

interface AskedRequest {
  readonly request: IncomingMessage
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal
}

async function answerRequest(
  { request, signal }: AskedRequest,
  router: Router,
  services: ApiServices,
  tokens: TokenRing,
): Promise<{ readonly route: Route; readonly answer: unknown }> {
  let admission: Admission
  try {
    admission = admit(request, router, tokens)
  } catch (refused) {
    // A body is read to its end also then, so that the connection stays in step.
    await readBody(request, BODY_BYTES)
    throw refused
  }
  const { route } = admission
  const body = await readBody(request, route.bodyBytes ?? BODY_BYTES)
  return { route, answer: await route.answer({ ...admission, body, nowMicros: wallClockMicros(), services, signal }) }
}

/** What is known of a request before its body: who asks for what. */
interface Admission {
  readonly route: Route
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly caller: Caller | undefined
}

function admit(request: IncomingMessage, router: Router, tokens: TokenRing): Admission {
  const target = request.url ?? '/'
  if (target.length > TARGET_CHARACTERS)
    throw new ApiRefusal(414, 'ERR_REQUEST_INVALID', 'the request target is too long')
  const question = target.indexOf('?')
  const pathname = question < 0 ? target : target.slice(0, question)
  const { route, path } = router.find(request.method ?? 'GET', pathname)
  const caller = tokens.identify(request.headers.authorization)
  authorize(route.scope, caller, request.headers.authorization !== undefined)
  return { route, path, caller, query: new URLSearchParams(question < 0 ? '' : target.slice(question + 1)) }
}

function authorize(scope: TokenScope | 'public', caller: Caller | undefined, offered: boolean): void {
  if (scope === 'public') return
  if (caller === undefined) {
    throw new ApiRefusal(401, 'ERR_UNAUTHORIZED', offered ? 'this token is not known' : 'a bearer token is needed', {
      remedy:
        'Send "Authorization: Bearer TOKEN" with a token of console.tokens, or the one in the file cli-token of the data directory.',
      headers: {
        'www-authenticate': offered ? 'Bearer realm="tidegate", error="invalid_token"' : 'Bearer realm="tidegate"',
      },
    })
  }
  if (!caller.scopes.has(scope)) {
    throw new ApiRefusal(403, 'ERR_FORBIDDEN', `the token "${caller.name}" lacks the scope "${scope}"`, {
      remedy: 'Add the scope to this token under console.tokens, or use another token.',
      headers: { 'www-authenticate': `Bearer realm="tidegate", error="insufficient_scope", scope="${scope}"` },
    })
  }
}

/** The body, read to its end. */
async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    sizeBytes += (chunk as Buffer).length
    if (sizeBytes > limitBytes) {
      throw new ApiRefusal(413, 'ERR_REQUEST_INVALID', 'the request body is too large', {
        headers: { connection: 'close' },
      })
    }
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks)
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  contentType: string,
  content: unknown,
  headers: Readonly<Record<string, string>>,
): void {
  const body = Buffer.from(contentType === JSON_TYPE ? `${JSON.stringify(content)}\n` : String(content))
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
