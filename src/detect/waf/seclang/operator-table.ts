/** What stands behind an operator's name, which decides how it is checked when it is read. */
export type OperatorArgument =
  | 'none'
  | 'text'
  | 'pattern'
  | 'number'
  | 'phrases'
  | 'phrase-files'
  | 'networks'
  | 'network-files'
  | 'byte-ranges'
  | 'card-pattern'

export interface OperatorDefinition {
  /** As SecLang writes it. */
  readonly name: string
  readonly argument: OperatorArgument
  readonly refused?: string
  readonly warning?: string
}

const OUTSIDE_PROGRAM =
  'a program started for each request holds up all others; scan uploads beside the request instead'
const NEEDS_LIBRARY = 'there is no schema validation of XML here; take the rule out'
const EDITS_BODIES = 'bodies are inspected, never edited; take the rule out'

const DEFINITIONS: readonly OperatorDefinition[] = [
  { name: 'beginsWith', argument: 'text' },
  { name: 'contains', argument: 'text' },
  { name: 'containsWord', argument: 'text' },
  { name: 'detectSQLi', argument: 'none' },
  { name: 'detectXSS', argument: 'none' },
  { name: 'endsWith', argument: 'text' },
  { name: 'eq', argument: 'number' },
  {
    name: 'fuzzyHash',
    argument: 'text',
    refused: 'similarity of hashed uploads is not judged here; take the rule out',
  },
  { name: 'ge', argument: 'number' },
  {
    name: 'geoLookup',
    argument: 'none',
    warning: '@geoLookup never matches: write a policy rule with ip.src.country to judge by country',
  },
  {
    name: 'gsbLookup',
    argument: 'text',
    refused: 'Google no longer publishes that data; use a list of a policy instead',
  },
  { name: 'gt', argument: 'number' },
  { name: 'inspectFile', argument: 'text', refused: OUTSIDE_PROGRAM },
  { name: 'ipMatch', argument: 'networks' },
  { name: 'ipMatchFromFile', argument: 'network-files' },
  { name: 'le', argument: 'number' },
  { name: 'lt', argument: 'number' },
  { name: 'noMatch', argument: 'none' },
  { name: 'pm', argument: 'phrases' },
  { name: 'pmFromFile', argument: 'phrase-files' },
  {
    name: 'rbl',
    argument: 'text',
    warning: '@rbl never matches: no request waits for a DNS answer; use a list of addresses in a policy instead',
  },
  { name: 'rsub', argument: 'text', refused: EDITS_BODIES },
  { name: 'rx', argument: 'pattern' },
  { name: 'rxGlobal', argument: 'pattern' },
  { name: 'streq', argument: 'text' },
  { name: 'strmatch', argument: 'text' },
  { name: 'unconditionalMatch', argument: 'none' },
  { name: 'validateByteRange', argument: 'byte-ranges' },
  { name: 'validateDTD', argument: 'text', refused: NEEDS_LIBRARY },
  {
    name: 'validateHash',
    argument: 'text',
    refused: 'links in answers are not signed here; take the rule out',
  },
  { name: 'validateSchema', argument: 'text', refused: NEEDS_LIBRARY },
  { name: 'validateUrlEncoding', argument: 'none' },
  { name: 'validateUtf8Encoding', argument: 'none' },
  { name: 'verifyCC', argument: 'card-pattern' },
  { name: 'verifyCPF', argument: 'card-pattern' },
  { name: 'verifySSN', argument: 'card-pattern' },
  { name: 'verifySVNR', argument: 'card-pattern' },
  { name: 'within', argument: 'text' },
]

/** Every operator of the ModSecurity reference by its lower-case name; short names hold the same definition. */
export const OPERATORS: ReadonlyMap<string, OperatorDefinition> = new Map([
  ...DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition] as const),
  ...[
    ['pmf', 'pmFromFile'],
    ['ipmatchf', 'ipMatchFromFile'],
  ].map(([alias, name]) => [alias, DEFINITIONS.find((definition) => definition.name === name)!] as const),
])

/** Names for a suggestion. */
export const OPERATOR_NAMES: readonly string[] = DEFINITIONS.map(({ name }) => name)
