import type { ErrorCode } from '#kernel'

/** Exit codes of every command; scripts rely on them. */
export const EXIT = {
  ok: 0,
  /** Asked for something that is not there, or the answer is no. */
  negative: 1,
  /** Wrong usage, configuration, rule or environment: a person must change something. */
  usage: 2,
  /** The server could not be asked. */
  unreachable: 3,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

const NOT_USAGE: Partial<Readonly<Record<ErrorCode, ExitCode>>> = {
  ERR_NOT_FOUND: EXIT.negative,
  ERR_WORKER_DIED: EXIT.negative,
  ERR_BUSY: EXIT.negative,
  ERR_INVARIANT: EXIT.negative,
  ERR_API_UNREACHABLE: EXIT.unreachable,
}

/** The exit code of a command that failed with `code`. */
export function exitCodeOf(code: ErrorCode): ExitCode {
  return NOT_USAGE[code] ?? EXIT.usage
}
