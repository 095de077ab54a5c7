import { Option } from 'commander'
import type { RecordedKind } from '#events'

const KINDS: readonly RecordedKind[] = ['http', 'packet', 'flow']

/** Chooses events of one kind. The words stand here, so that the command does not wait for the event log. */
export function kindOption(): Option {
  return new Option(
    '--kind <kind>',
    'only events of requests, packets or flows (default: what the expression is about)',
  ).choices(KINDS)
}
