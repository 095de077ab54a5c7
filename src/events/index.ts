export type { Event, EventKind } from './event.ts'
