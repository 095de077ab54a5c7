import type { Baseline } from './baseline.ts'
import type { FloodCounter, FloodSensitivity, FloodSettings, FloodThresholds } from './contract.ts'
import type { FloodClass } from './flood-class.ts'

/**
 * Packets in each second below which nothing is called a flood: any server copes with them. Segments of connections come in
 * larger numbers than what opens connections.
 */
const FLOORS: Readonly<Record<FloodClass, number>> = {
  syn: 300,
  synAck: 300,
  tcp: 800,
  udp: 500,
  icmp: 250,
  fragment: 250,
  gre: 500,
  other: 400,
}

/** As long as nothing is known of a destination its floor is so many times as high. */
const UNKNOWN_FACTOR = 1.6
/** As long as little is known, a rate has to be so many times what was seen. */
const FIRST_FACTOR = 2.5
/** A rate that merely deviates is no flood before it is so many times the mean. */
const DEVIATION_LEAST_FACTOR = 1.5

interface Bounds {
  readonly floorFactor: number
  /** Times the 95th percentile. */
  readonly percentileFactor: number
  /** Deviations from the mean. */
  readonly deviations: number
}

const BOUNDS: Readonly<Record<FloodSensitivity, Bounds>> = {
  high: { floorFactor: 0.5, percentileFactor: 3, deviations: 6 },
  medium: { floorFactor: 1, percentileFactor: 5, deviations: 10 },
  low: { floorFactor: 4, percentileFactor: 10, deviations: 20 },
}

/** What is known of the destination whose rate is judged. */
interface RateContext {
  readonly class: FloodClass
  readonly baseline: Baseline | undefined
  /** Nothing seen for so long that this is what is usual, too. */
  readonly isSilenceKnown: boolean
  readonly learnMs: number
  readonly sensitivity: FloodSensitivity
  readonly byHand: FloodThresholds
}

export type RateTest = Pick<FloodCounter, 'threshold' | 'test' | 'baseline'>

/** The lowest rate that is a flood, in packets a second, and why. */
export function floodThreshold(context: RateContext): RateTest {
  const byHand = context.byHand[context.class]
  if (byHand !== undefined) return { threshold: byHand, test: 'byHand', ...usual(context.baseline) }
  const { floorFactor, percentileFactor, deviations } = BOUNDS[context.sensitivity]
  const floor = FLOORS[context.class] * floorFactor
  const { baseline } = context
  if (baseline === undefined || baseline.learntMs === 0) {
    return { threshold: floor * (context.isSilenceKnown ? 1 : UNKNOWN_FACTOR), test: 'default' }
  }
  const usualRate = Math.max(baseline.percentile95, baseline.recentMean)
  if (baseline.learntMs < context.learnMs) {
    const threshold = Math.max(floor * UNKNOWN_FACTOR, usualRate * Math.min(FIRST_FACTOR, percentileFactor))
    return { threshold, test: 'percentile', ...usual(baseline) }
  }
  const multiple = usualRate * percentileFactor
  const deviant = Math.max(
    baseline.recentMean + deviations * baseline.deviation,
    baseline.recentMean * DEVIATION_LEAST_FACTOR,
    baseline.recentMean + floor,
  )
  const test = multiple <= deviant ? 'percentile' : 'deviation'
  return { threshold: Math.max(floor, Math.min(multiple, deviant)), test, ...usual(baseline) }
}

/** No rate below this can be a flood. */
export function leastThreshold({ thresholds, sensitivity, protect }: FloodSettings): number {
  const profiles = [{ sensitivity, thresholds }, ...protect]
  const byHand = profiles.flatMap((profile) => Object.values(profile.thresholds ?? {}))
  const factors = profiles.map((profile) => BOUNDS[profile.sensitivity ?? sensitivity].floorFactor)
  return Math.min(...byHand, Math.min(...Object.values(FLOORS)) * Math.min(...factors))
}

function usual(baseline: Baseline | undefined): Pick<FloodCounter, 'baseline'> {
  if (baseline === undefined || baseline.learntMs === 0) return {}
  const { mean, percentile95, learntMs } = baseline
  return { baseline: { mean, percentile95, learntMs } }
}
