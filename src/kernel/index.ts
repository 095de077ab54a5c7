export { monotonicMs, wallClockMicros } from './clock.ts'
export { type ErrorCode, type ErrorSource, messageOf, type SourcePlace, TidegateError } from './errors.ts'
export { type LogFacts, Logger, type LogLevel } from './logger.ts'
export { RAY_PATTERN, RayMaker } from './ray.ts'
