/** Numbers below these are seconds, milliseconds and microseconds since the epoch. */
const MILLISECONDS_FROM = 1e11
const MICROSECONDS_FROM = 1e14

/** The time of an event, RFC 3339 text or a number since the epoch, in microseconds; undefined when it is neither. */
export function eventTimeMicros(json: unknown): number | undefined {
  if (typeof json === 'number' && Number.isFinite(json) && json >= 0) {
    if (json >= MICROSECONDS_FROM) return Math.floor(json)
    return Math.floor(json >= MILLISECONDS_FROM ? json * 1e3 : json * 1e6)
  }
  if (typeof json !== 'string' || json.length > 64) return undefined
  const ms = Date.parse(json)
  return Number.isNaN(ms) ? undefined : ms * 1e3
}
