import { type ErrorCode, messageOf, TidegateError } from '#kernel'
import { printable } from '../output/printable.ts'

const TIMEOUT_MS = 60_000

/** An error answer of the API. */
interface ErrorBody {
  readonly error?: {
    readonly code?: string
    readonly message?: string
    readonly remedy?: string
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>

/** Asks the API of a running server. Failures are TidegateErrors: ERR_API_UNREACHABLE, ERR_NOT_FOUND, ERR_API_REFUSED. */
export class ApiClient {
  readonly #base: string
  readonly #token: string | undefined

  constructor(base: string, token: string | undefined) {
    this.#base = base
    this.#token = token
  }

  get<Answer>(path: string, query: Query = {}): Promise<Answer> {
    const parameters = new URLSearchParams()
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value))
    return this.#ask<Answer>('GET', parameters.size === 0 ? path : `${path}?${parameters.toString()}`)
  }

  /** `body` is sent as JSON. */
  post<Answer>(path: string, body?: object): Promise<Answer> {
    return this.#ask<Answer>('POST', path, body)
  }

  async #ask<Answer>(method: string, target: string, sent?: object): Promise<Answer> {
    const response = await this.#fetch(method, target, sent)
    const body = await readJson(response, this.#base)
    if (response.ok) return body as Answer
    throw refusal(response.status, body as ErrorBody)
  }

  async #fetch(method: string, target: string, sent: object | undefined): Promise<Response> {
    try {
      return await fetch(`${this.#base}${target}`, {
        method,
        headers: {
          ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }),
          ...(sent !== undefined && { 'content-type': 'application/json' }),
        },
        ...(sent !== undefined && { body: JSON.stringify(sent) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'error',
      })
    } catch (error) {
      const reason = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : messageOf(error)
      throw new TidegateError('ERR_API_UNREACHABLE', `no answer from the server at ${this.#base} (${reason})`, {
        source: 'environment',
        retry: true,
        remedy: 'Is it running? Start it with `tidegate up`, or name another one with --config or --server.',
        cause: error,
      })
    }
  }
}

async function readJson(response: Response, base: string): Promise<unknown> {
  try {
    return await response.json()
  } catch (error) {
    throw new TidegateError(
      'ERR_API_UNREACHABLE',
      `what answers at ${base} is not Tidegate (status ${response.status})`,
      {
        source: 'environment',
        remedy: 'Check console.listen, or name the server with --server URL.',
        cause: error,
      },
    )
  }
}

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: 'ERR_NOT_FOUND',
  500: 'ERR_INVARIANT',
  503: 'ERR_API_UNREACHABLE',
}

function refusal(status: number, body: ErrorBody): TidegateError {
  const message = (body.error?.message ?? `the server answered ${status}`).split('\n').map(printable).join('\n')
  const remedy = status === 401 ? 'Set TIDEGATE_TOKEN to a token of console.tokens.' : body.error?.remedy
  return new TidegateError(CODE_BY_STATUS[status] ?? 'ERR_API_REFUSED', message, {
    source: 'configuration',
    ...(remedy === undefined ? {} : { remedy: printable(remedy) }),
  })
}
