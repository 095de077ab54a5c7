import type { DetectionConfidence } from '../detection.ts'
import type { Position } from './token-stream.ts'

/** One recogniser's finding: how sure it is by where it stands, and what it means. */
interface FindingEntry {
  readonly confidence: Readonly<Record<Position, DetectionConfidence>>
  /** One line for the reference page. */
  readonly help: string
  /** SecLang's `@detectSQLi` matches it even when it is weak. */
  readonly operator?: true
}

const SURE = { value: 'certain', text: 'likely', statement: 'weak' } as const
const SURE_IN_VALUE = { value: 'certain', text: 'weak', statement: 'weak' } as const
const LIKELY = { value: 'likely', text: 'weak', statement: 'weak' } as const
const WEAK = { value: 'weak', text: 'weak', statement: 'weak' } as const

/** Everything that `detectSqli` can find, the most telling first. */
export const SQLI_FINDINGS = {
  'union-select': {
    confidence: SURE,
    help: 'A second query is joined to the first: `1 union select null, version()`.',
  },
  'union-select-name': {
    confidence: SURE_IN_VALUE,
    help: 'As `union-select` with names only, which prose can also have: `1 union select password from users`.',
  },
  'boolean-constants': {
    confidence: SURE,
    help: "A condition over constants that is always true or false: `1 or 1=1`, `' or 'a'='a`.",
  },
  'boolean-bare': {
    confidence: SURE_IN_VALUE,
    help: "A bare constant as condition with the rest commented out or closed: `' or 1--`, `' or '1`.",
  },
  'boolean-query': {
    confidence: SURE,
    help: "A condition that asks the database: `1 and (select ...)`, `' and ascii(substr(...))>64`.",
  },
  'boolean-call': {
    confidence: SURE_IN_VALUE,
    help: "A condition over a function that other languages have too: `' and length(password)>8--`.",
  },
  'boolean-columns': {
    confidence: SURE_IN_VALUE,
    help: "A condition over a column after a quote that was broken out of: `' or username like 'a%`.",
  },
  'boolean-numeric': {
    confidence: LIKELY,
    help: 'A condition over a column after a number: `1 and userid > 5`.',
  },
  'time-delay': {
    confidence: SURE,
    help: "The answer is delayed to signal a bit: `1 and sleep(5)`, `';waitfor delay '0:0:5'--`.",
  },
  'delay-call': {
    confidence: WEAK,
    help: 'A call that waits, alone: `sleep(20)`.',
    operator: true,
  },
  'leak-call': {
    confidence: SURE,
    help: 'A function that leaks by error messages, files or the network: `extractvalue(1, concat(0x7e, version()))`.',
  },
  'leak-name': {
    confidence: LIKELY,
    help: "Such a function called with plain arguments: `load_file('/etc/passwd')`.",
  },
  'conditional-value': {
    confidence: LIKELY,
    help: 'The value is computed from a condition: `1*if(1=1,1,0)`, `case when 1=1 then 1 else 2 end`.',
  },
  'stacked-statement': {
    confidence: SURE,
    help: "Another statement follows: `1; drop table users`, `'; exec xp_cmdshell 'dir'--`.",
  },
  subselect: {
    confidence: SURE,
    help: "A query inside an expression: `1-(select count(*) from users)`, `'||(select user)||'`.",
  },
  catalog: {
    confidence: SURE,
    help: 'The catalogue of the database is read: `from information_schema.tables`.',
  },
  'order-by-number': {
    confidence: SURE_IN_VALUE,
    help: "Number of columns probed: `' order by 10--`.",
  },
  'clause-comment': {
    confidence: SURE_IN_VALUE,
    help: "A clause after a quote, with the rest commented out: `' group by id having 1=1--`, `' limit 1#`.",
  },
  'into-file': {
    confidence: SURE,
    help: "The result is written to a file: `into outfile '/var/www/x.php'`.",
  },
  'procedure-analyse': {
    confidence: SURE,
    help: "MySQL's `procedure analyse()`, which leaks names of columns.",
  },
  'quote-comment': {
    confidence: SURE_IN_VALUE,
    help: "The quote is closed and the rest of the statement commented out: `admin'--`, `x')#`.",
  },
  'quote-closed': {
    confidence: LIKELY,
    help: "The quote is closed, the statement goes on in some way, and a comment ends it: `', 1, 2)--`.",
  },
  'quote-comparison': {
    confidence: LIKELY,
    help: "The closed string is compared: `' like '%`, `' <> 'x`.",
  },
  'quote-concatenation': {
    confidence: LIKELY,
    help: "The closed string is joined to another: `foo'||'bar`.",
  },
  'quote-operator': {
    confidence: WEAK,
    help: "As `quote-concatenation` with an operator that source code has too: `a'+'b`.",
  },
  'union-fragment': {
    confidence: WEAK,
    help: 'A union that is not complete but hidden by comments: `/*x*/2 union all`.',
    operator: true,
  },
  'select-statement': {
    confidence: WEAK,
    help: 'The value is a whole query: `select * from users`.',
  },
} as const satisfies Readonly<Record<string, FindingEntry>>

export type SqliFindingName = keyof typeof SQLI_FINDINGS
