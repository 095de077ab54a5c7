import { InvalidFilesError } from '#config'
import { type ErrorCode, messageOf, TidegateError } from '#kernel'

/** A request that is answered with an error. Thrown by handlers, turned into JSON in one place. */
export class ApiRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly remedy: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: string,
    message: string,
    options: { readonly remedy?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message)
    this.name = 'ApiRefusal'
    this.status = status
    this.code = code
    this.remedy = options.remedy
    this.headers = options.headers ?? {}
  }
}

/** Status codes of faults that our own parts throw; every other code is 500. */
const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  ERR_QUERY_INVALID: 400,
  ERR_RULE_INVALID: 400,
  ERR_NOT_FOUND: 404,
  ERR_CONFIG_INVALID: 422,
  ERR_CONFIG_UNREADABLE: 422,
  ERR_POLICY_INVALID: 422,
  ERR_LIST_INVALID: 422,
  ERR_CERTIFICATE_INVALID: 422,
  ERR_STORE_FAILED: 503,
  ERR_BUSY: 503,
}

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: { readonly error: Readonly<Record<string, unknown>> }
}

/** The answer to a request whose handler threw. What is not ours to explain becomes a bare 500. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  if (thrown instanceof ApiRefusal) {
    return answer(thrown.status, { code: thrown.code, message: thrown.message, remedy: thrown.remedy }, thrown.headers)
  }
  if (thrown instanceof TidegateError) {
    return answer(STATUS[thrown.code] ?? 500, {
      code: thrown.code,
      message: thrown.message,
      remedy: thrown.remedy,
      place: thrown.place,
      problems: thrown instanceof InvalidFilesError ? thrown.problems : undefined,
    })
  }
  return answer(500, { code: 'ERR_INVARIANT', message: `internal error: ${messageOf(thrown)}` })
}

function answer(
  status: number,
  error: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): ErrorAnswer {
  return { status, headers, body: { error } }
}
