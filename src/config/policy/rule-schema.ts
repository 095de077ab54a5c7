import { z } from 'zod'
import { leaf, type Read, textLeaf } from '../schema/leaf.ts'
import { word } from '../schema/units.ts'

const DATE_EXPECTED = 'expected a date such as 2027-01-31, or a time with its zone such as 2027-01-31T18:00:00Z'

const DAY_MS = 86_400_000

/** A date means the end of that day in UTC; a time must say its zone, so that every node agrees on it. */
function readExpiry(text: string): Read<number> {
  const [, date, time] =
    /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/.exec(text) ?? []
  if (date === undefined) return { fault: DATE_EXPECTED }
  const dayMs = Date.parse(`${date}T00:00:00Z`)
  // A day such as 30 February would silently become one of the next month.
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(date)) return { fault: DATE_EXPECTED }
  const value = time === undefined ? dayMs + DAY_MS : Date.parse(text)
  return Number.isNaN(value) ? { fault: DATE_EXPECTED } : { value }
}

/** One rule of a policy file. The expression and the action have grammars of their own, checked afterwards. */
export const RULE_SCHEMA = z.strictObject({
  id: word('word', /^[A-Za-z0-9][\w.-]{0,127}$/, 'an id of letters, digits, _, . and -').describe(
    'Name of the rule in events and in `skip`; no other rule of the policy may have it.',
  ),
  description: textLeaf('text', (text) => ({ value: text }))
    .prefault('')
    .describe('What the rule is for.'),
  when: textLeaf('expression', (text): Read<string> =>
    text.trim() === '' ? { fault: 'expected an expression' } : { value: text },
  ).describe('The rule matches requests for which this expression is true.'),
  action: leaf('action', (value): Read<unknown> =>
    value === undefined ? { fault: 'expected an action' } : { value },
  ).describe('What happens to a request that matches.'),
  enabled: z.boolean().prefault(true).describe('A rule that is switched off is kept, but does nothing.'),
  mode: z.enum(['enforce', 'log']).prefault('enforce').describe('`log` records matches without taking the action.'),
  expires: textLeaf('date or time', readExpiry)
    .optional()
    .describe('When the rule goes out of force: the end of a date (UTC), or a time with its zone.'),
})
