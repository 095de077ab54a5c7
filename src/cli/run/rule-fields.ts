import { type Field, FIELDS } from '#fields'
import { TidegateError } from '#kernel'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { formatTable } from '../output/table.ts'

interface RuleFieldsOptions {
  readonly json?: boolean
}

/** Does what `tidegate rule fields [PATTERN]` says. */
export function runRuleFields(pattern: string | undefined, options: RuleFieldsOptions): ExitCode {
  const fields = FIELDS.filter((field) => pattern === undefined || containsInOrder(field.name, pattern))
  if (fields.length === 0) {
    throw new TidegateError('ERR_NOT_FOUND', `no field has "${pattern ?? ''}" in its name`, { source: 'client' })
  }
  process.stdout.write(options.json === true ? `${JSON.stringify(fields, null, 2)}\n` : fieldTable(fields))
  return EXIT.ok
}

/** The parts between stars, one after the other; upper and lower case are the same. */
function containsInOrder(name: string, pattern: string): boolean {
  let from = 0
  for (const part of pattern.toLowerCase().split('*')) {
    const at = name.indexOf(part, from)
    if (at < 0) return false
    from = at + part.length
  }
  return true
}

function fieldTable(fields: readonly Field[]): string {
  return formatTable(
    [
      { title: 'FIELD', cell: (field) => field.name },
      { title: 'TYPE', cell: (field) => field.type },
      { title: 'EXAMPLE', cell: (field) => field.example },
      { title: 'MEANING', cell: (field) => field.help, wraps: true },
    ],
    fields,
  )
}
