import { TidegateError } from '#kernel'

const UNIT_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/**
 * The time after a duration such as `24h`, as a policy file writes it.
 * @throws TidegateError ERR_USAGE when the text is no duration
 */
export function expiryAfter(duration: string, nowMs: number): string {
  const [, amount, unit] = /^([1-9]\d{0,5})([mhdw])$/.exec(duration) ?? []
  if (amount === undefined) {
    throw new TidegateError('ERR_USAGE', `"${duration}" is no duration`, {
      source: 'client',
      remedy: 'Write minutes, hours, days or weeks: 30m, 24h, 7d, 4w.',
    })
  }
  return `${new Date(nowMs + Number(amount) * UNIT_MS[unit]).toISOString().slice(0, 19)}Z`
}
