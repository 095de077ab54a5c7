import type { FunctionDefinition } from './function.ts'

export const CONTAINS_ANY: FunctionDefinition = {
  name: 'contains_any',
  help: 'True when the string contains at least one of the others.',
  example: 'contains_any(lower(http.user_agent), "sqlmap", "nikto")',
  parameters: [
    { name: 'source', types: ['String'] },
    { name: 'needle', types: ['String'], variadic: true },
  ],
  result: 'Bool',
  evaluate: (source: string, ...needles: readonly string[]) => needles.some((needle) => source.includes(needle)),
  duckdb: ({ types, argument }) => {
    const [source, ...needles] = types.map((_, index) => argument(index))
    const found = needles.map((needle) => `contains(${source}, ${needle})`).join(' OR ')
    // An absent needle makes the result absent, though another is found.
    const present = needles.map((needle) => `${needle} IS NOT NULL`).join(' AND ')
    return `CASE WHEN ${present} THEN ${found} END`
  },
}
