/** Wall-clock time in microseconds since the Unix epoch (UTC). May jump: use `monotonicMs` for durations. */
export function wallClockMicros(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000)
}

/** Milliseconds from an arbitrary start that never runs backwards, with a fraction. */
export function monotonicMs(): number {
  return performance.now()
}
