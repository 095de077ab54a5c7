import { z } from 'zod'

const PLACE = z.object({ file: z.string(), line: z.number(), column: z.number() }).meta({ id: 'Place' })

/** A fault of a configuration or policy file, or a warning about it. */
export const PROBLEM = z
  .object({
    place: PLACE,
    message: z.string(),
    detail: z.string().optional().describe('Further lines, such as the rule with carets under the fault.'),
  })
  .meta({ id: 'Problem' })

/** What every answer with a status of 400 and above holds. */
export const ERROR_SCHEMA = z
  .object({
    error: z.object({
      code: z.string().describe('Stable name of the kind of error.'),
      message: z.string(),
      remedy: z.string().optional().describe('What to do.'),
      place: PLACE.optional(),
      problems: z.array(PROBLEM).optional(),
    }),
  })
  .meta({ id: 'Error' })
