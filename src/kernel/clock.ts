/** The wall clock may be set while we run: beyond this difference our own count starts anew from it. */
const STEP_MS = 50

let offsetMs = performance.timeOrigin

/**
 * Wall-clock time in microseconds since the Unix epoch (UTC). Finer than `Date.now()`, and follows the system's clock when
 * it is set; it may jump: use `monotonicMs` for durations.
 */
export function wallClockMicros(): number {
  const elapsedMs = performance.now()
  const systemMs = Date.now()
  if (Math.abs(offsetMs + elapsedMs - systemMs) > STEP_MS) offsetMs = systemMs - elapsedMs
  return Math.round((offsetMs + elapsedMs) * 1000)
}

/** Milliseconds from an arbitrary start that never runs backwards, with a fraction. */
export function monotonicMs(): number {
  return performance.now()
}
