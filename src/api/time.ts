const UNIT_SECONDS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }
const DURATION = /^(\d{1,9})(ms|s|m|h|d|w)$/
const MOMENT = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/

/** Seconds of `90s`, `10m`, `24h`, `7d`; undefined when the text is no duration. */
export function parseDurationSeconds(text: string): number | undefined {
  const match = DURATION.exec(text)
  return match === null ? undefined : Number(match[1]) * UNIT_SECONDS[match[2]]
}

/**
 * A moment in microseconds since the epoch: a duration before now (`10m`), a date (UTC), or a date and time with zone
 * (RFC 3339). Undefined when the text is neither.
 */
export function parseMomentMicros(text: string, nowMicros: number): number | undefined {
  const seconds = parseDurationSeconds(text)
  if (seconds !== undefined) return nowMicros - Math.round(seconds * 1_000_000)
  if (!MOMENT.test(text)) return undefined
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) return undefined
  const fraction = /\.(\d{1,6})/.exec(text)?.[1].padEnd(6, '0') ?? '000000'
  return Math.floor(ms / 1000) * 1_000_000 + Number(fraction)
}

/** RFC 3339 in UTC with microseconds: `2026-11-22T01:02:03.000004Z`. */
export function formatMicros(micros: number): string {
  const whole = new Date(Math.floor(micros / 1_000_000) * 1000).toISOString().slice(0, 19)
  const rest = ((micros % 1_000_000) + 1_000_000) % 1_000_000
  return `${whole}.${String(rest).padStart(6, '0')}Z`
}
