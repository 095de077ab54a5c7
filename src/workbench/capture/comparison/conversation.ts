/** Steps of a conversation, in the order in which they come. */
export const STEPS = [
  'dns-query',
  'dns-answer',
  'connect',
  'quic-hello',
  'quic-answer',
  'tls-hello',
  'tls-answer',
  'tls-end',
  'request',
  'answer',
  'data',
  'close',
  'export',
] as const

export type Step = (typeof STEPS)[number]

/** What was seen at one step: facts to be compared by their values, and durations. */
export interface StepFacts {
  readonly step: Step
  /** Frames to look at. */
  readonly frames: readonly number[]
  /** By name; what is different in every conversation is masked. */
  readonly facts: Readonly<Record<string, string>>
  /** By name, in nanoseconds. */
  readonly durations: Readonly<Record<string, number>>
}

/** One flow, or one transaction of it, as comparable parts. Those with the same role are compared with each other. */
export interface Conversation {
  /** What it is for, such as `tcp 443 shop.test`. */
  readonly role: string
  /** Of a connection: the role that it has before anybody said a name, such as `tcp 443`. */
  readonly place?: string
  readonly steps: readonly StepFacts[]
}

type Optional = string | number | boolean | undefined

/** Facts as text; what is absent is left out. */
export function factsOf(values: Readonly<Record<string, Optional>>): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) facts[name] = String(value)
  return facts
}

/** Durations that are known. */
export function durationsOf(values: Readonly<Record<string, number | undefined>>): Readonly<Record<string, number>> {
  const durations: Record<string, number> = {}
  for (const [name, value] of Object.entries(values)) if (value !== undefined) durations[name] = value
  return durations
}
