/** A range of time: the start is part of it, the end is not. Absent ends are open. */
export interface TimeWindow {
  readonly sinceMicros?: number | undefined
  readonly untilMicros?: number | undefined
}

/** What has no time is in no window. */
export function isWithin({ sinceMicros, untilMicros }: TimeWindow, timeMicros: number | undefined): boolean {
  if (timeMicros === undefined) return false
  return (
    (sinceMicros === undefined || timeMicros >= sinceMicros) && (untilMicros === undefined || timeMicros < untilMicros)
  )
}
