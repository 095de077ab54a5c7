import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Config, writeFileAtomically } from '#config'
import { TidegateError } from '#kernel'
import { z } from 'zod'

const STAGED = z.object({
  id: z.string(),
  phase: z.string(),
  when: z.string(),
  /** RFC 3339. */
  stagedAt: z.string(),
  promotedAt: z.string().optional(),
  /** What a replay said when it was staged. */
  forecast: z.object({ since: z.string(), until: z.string(), matched: z.number(), error: z.number() }),
})

/** What is remembered of a rule from the day it was staged on. */
export type StagedRule = z.output<typeof STAGED>

function fileOf({ dataDirectory }: Config, id: string): string {
  return join(dataDirectory, 'staged', `${id}.json`)
}

/** @throws TidegateError ERR_NOT_FOUND when no rule of that id was staged */
export function readStaged(config: Config, id: string): StagedRule {
  try {
    return STAGED.parse(JSON.parse(readFileSync(fileOf(config, id), 'utf8')))
  } catch (error) {
    throw new TidegateError('ERR_NOT_FOUND', `no rule ${id} was staged here`, {
      source: 'client',
      remedy: 'Stage it first: `tidegate rule stage RULE --id ID`.',
      cause: error,
    })
  }
}

export function writeStaged(config: Config, staged: StagedRule): void {
  writeFileAtomically(fileOf(config, staged.id), `${JSON.stringify(staged, null, 2)}\n`)
}

export function forgetStaged(config: Config, id: string): void {
  rmSync(fileOf(config, id), { force: true })
}

const HOUR_MS = 3_600_000

/** What an hour of the forecast has. */
export function forecastPerHour({ forecast }: StagedRule): { readonly matched: number; readonly error: number } {
  const hours = Math.max((Date.parse(forecast.until) - Date.parse(forecast.since)) / HOUR_MS, 1 / 3600)
  return { matched: forecast.matched / hours, error: forecast.error / hours }
}
