import type { Operand } from '#rules'

/**
 * What must hold for a rule to match: a gate may be open without a match, but it is never closed for one. A rule without
 * gate has to be evaluated for every request.
 */
export type Gate = Probe | EveryGate | SomeGate

/** All of these hold, so any one of them may stand for the rule. */
interface EveryGate {
  readonly kind: 'every'
  readonly gates: readonly Gate[]
}

/** At least one of these holds. */
interface SomeGate {
  readonly kind: 'some'
  readonly gates: readonly Gate[]
}

/** A test of one operand that can be looked up instead of made. */
export type Probe = ValueProbe | TextProbe | BlockProbe | ListProbe

interface ProbeBase {
  readonly subject: Subject
  /** The same for probes that test the same thing. */
  readonly id: string
  /** A guess of how many requests pass, 0 to 1. */
  readonly chance: number
}

/** The value is this one. */
export interface ValueProbe extends ProbeBase {
  readonly kind: 'value'
  readonly value: string | number | boolean | bigint
}

/** The text holds this literal, whatever the case of its ASCII letters; at its start, at its end, or both when anchored. */
export interface TextProbe extends ProbeBase {
  readonly kind: 'text'
  /** In lower case; never empty. */
  readonly literal: string
  readonly atStart: boolean
  readonly atEnd: boolean
}

/** The value lies in an aligned block of 2^exponent numbers: `value >> exponent` equals `block`. */
export interface BlockProbe extends ProbeBase {
  readonly kind: 'block'
  readonly exponent: number
  /** A number for integers and IPv4, a bigint for IPv6. */
  readonly block: number | bigint
}

/** The value is in the named list. */
export interface ListProbe extends ProbeBase {
  readonly kind: 'list'
  readonly list: string
}

/** An operand that is read once for all rules that test it. */
export interface Subject {
  /** The printed operand, with a mark when its elements are tested one by one. */
  readonly key: string
  readonly operand: Operand
  /** The probes are about the elements of the value, not the value itself. */
  readonly each: boolean
  /** Reading it computes something instead of looking it up. */
  readonly isComputed: boolean
}

/** All of `gates` hold; those that are unknown say nothing. */
export function everyGate(gates: readonly (Gate | undefined)[]): Gate | undefined {
  const known = gates.filter((gate) => gate !== undefined)
  return known.length > 1 ? { kind: 'every', gates: known } : known[0]
}

/** At least one of `gates` holds; one that is unknown makes the whole unknown. */
export function someGate(gates: readonly (Gate | undefined)[]): Gate | undefined {
  const known = gates.filter((gate) => gate !== undefined)
  if (known.length !== gates.length) return undefined
  return known.length === 1 ? known[0] : { kind: 'some', gates: known }
}
