import { z } from 'zod'
import type { Estimate } from '#store'

export const ESTIMATE = z
  .object({
    count: z.number().describe('Estimated number of events: the sum of their weights.'),
    error: z.number().describe('Half of the 95 % interval; 0 when nothing was sampled.'),
    rows: z.number().describe('Events that were read for it.'),
  })
  .meta({ id: 'Estimate' })

export function estimateJson({ count, error, rows }: Estimate): z.output<typeof ESTIMATE> {
  return { count, error, rows }
}
