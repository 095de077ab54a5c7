import type { Destination } from './destination.ts'
import type { FloodClass } from './flood-class.ts'
import type { VolumeStage } from './volume.ts'

/** Segments that follow each opening of a connection, when nothing was learnt. */
const USUAL_SEGMENTS = 3
const LEAST_SHARE = 0.5
const LEARNT_OPENINGS_LEAST = 2

/**
 * True when connections are opened and used in the usual proportion, as when many people come at once: a flood of openings is
 * not followed by segments, and one of segments not preceded by openings.
 */
export function ordinaryMix(volume: VolumeStage, kind: FloodClass, destination: Destination): boolean {
  if (kind !== 'syn' && kind !== 'tcp') return false
  const openings = volume.ratesOf('syn', destination).passedRate
  const segments = volume.ratesOf('tcp', destination).passedRate
  const usualOpenings = volume.baselineOf('syn', destination)?.mean ?? 0
  const usualSegments = volume.baselineOf('tcp', destination)?.mean ?? 0
  const usual = usualOpenings >= LEARNT_OPENINGS_LEAST ? usualSegments / usualOpenings : USUAL_SEGMENTS
  if (kind === 'syn') return segments >= openings * usual * LEAST_SHARE
  return openings > 0 && openings * usual >= segments * LEAST_SHARE
}
