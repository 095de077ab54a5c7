/** Whose fault an error is: tells the reader where to look first. */
export type ErrorSource = 'client' | 'origin' | 'configuration' | 'environment' | 'internal'

/** Every code that Tidegate can fail with. Add a line here when a new kind of failure appears. */
export type ErrorCode =
  | 'ERR_CONFIG_INVALID'
  | 'ERR_CONFIG_UNREADABLE'
  | 'ERR_POLICY_INVALID'
  | 'ERR_RULE_INVALID'
  | 'ERR_LIST_INVALID'
  | 'ERR_CERTIFICATE_INVALID'
  | 'ERR_LISTEN_FAILED'
  | 'ERR_DATA_DIRECTORY'
  | 'ERR_STORE_FAILED'
  | 'ERR_QUERY_INVALID'
  | 'ERR_API_UNREACHABLE'
  | 'ERR_API_REFUSED'
  | 'ERR_ARCHIVE_INVALID'
  | 'ERR_ARCHIVE_UNREADABLE'
  | 'ERR_NOT_FOUND'
  | 'ERR_USAGE'
  | 'ERR_WORKER_DIED'
  | 'ERR_BUSY'
  | 'ERR_BPF_FAILED'
  | 'ERR_CAPTURE_FAILED'
  | 'ERR_NFTABLES_FAILED'
  | 'ERR_INVARIANT'

/** A place in a file that a person can open. Line and column count from 1. */
export interface SourcePlace {
  readonly file: string
  readonly line: number
  readonly column: number
}

export interface TidegateErrorOptions {
  readonly source: ErrorSource
  /** True when the same call may succeed later without a change. */
  readonly retry?: boolean
  readonly place?: SourcePlace
  /** One sentence that says what to do. */
  readonly remedy?: string
  readonly cause?: unknown
}

/**
 * The one error class. Thrown for broken configuration, a missing right or a broken invariant;
 * failures that are ordinary traffic (a malformed request) are returned as unions instead.
 */
export class TidegateError extends Error {
  readonly code: ErrorCode
  readonly source: ErrorSource
  readonly retry: boolean
  readonly place: SourcePlace | undefined
  readonly remedy: string | undefined

  constructor(code: ErrorCode, message: string, options: TidegateErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TidegateError'
    this.code = code
    this.source = options.source
    this.retry = options.retry ?? false
    this.place = options.place
    this.remedy = options.remedy
  }

  /** `file:line:column: message (remedy)`, as a compiler would print it. */
  describe(): string {
    const place = this.place === undefined ? '' : `${this.place.file}:${this.place.line}:${this.place.column}: `
    const remedy = this.remedy === undefined ? '' : `\n  ${this.remedy}`
    return `${place}${this.message}${remedy}`
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
