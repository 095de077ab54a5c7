import { type ErrorCode, type SourcePlace, TidegateError } from '#kernel'

/** One fault of a configuration or policy file, or a warning about it. */
export interface Problem {
  readonly place: SourcePlace
  readonly message: string
  /** Further lines to show below the message, such as the rule with carets under the fault. */
  readonly detail?: string
}

/** `file:line:column: message`, with the detail indented below. */
export function formatProblem(problem: Problem): string {
  const { file, line, column } = problem.place
  const head = `${file}:${line}:${column}: ${problem.message}`
  return problem.detail === undefined ? head : `${head}\n${problem.detail.replace(/^/gm, '    ')}`
}

/** Faults of files that a person wrote. The message lists every one of them, each with its place. */
export class InvalidFilesError extends TidegateError {
  readonly problems: readonly Problem[]
  /** Every file that was read or should have been, where files name others. */
  readonly files: readonly string[]

  constructor(code: ErrorCode, problems: readonly Problem[], files: readonly string[] = []) {
    const sorted = inReadingOrder(problems)
    super(code, sorted.map(formatProblem).join('\n'), { source: 'configuration' })
    this.name = 'InvalidFilesError'
    this.problems = sorted
    this.files = files
  }
}

/** By line and column within each file; files in the order in which they first appear. */
function inReadingOrder(problems: readonly Problem[]): readonly Problem[] {
  const files = [...new Set(problems.map(({ place }) => place.file))]
  return [...problems].sort(
    ({ place: left }, { place: right }) =>
      files.indexOf(left.file) - files.indexOf(right.file) || left.line - right.line || left.column - right.column,
  )
}
