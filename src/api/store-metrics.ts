import type { StoreStatus } from '#store'
import type { MetricFamily } from './metrics-text.ts'

/** Gauges and counters of the event store. */
export function storeMetrics(status: StoreStatus): readonly MetricFamily[] {
  const one = (name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily => ({
    name,
    type,
    help,
    samples: [{ value }],
  })
  return [
    one('tidegate_store_rows', 'gauge', 'Events in the store, of all kinds.', status.rows),
    one('tidegate_store_files', 'gauge', 'Database files of the event store.', status.files),
    one('tidegate_store_bytes', 'gauge', 'Bytes of the database files.', status.bytes),
    one('tidegate_store_lag_seconds', 'gauge', 'Age of the oldest event that waits in the spool.', status.lagMs / 1000),
    one('tidegate_store_ingested_rows_total', 'counter', 'Events read from the spool.', status.ingested),
    one('tidegate_store_rejected_rows_total', 'counter', 'Spooled events that could not be read.', status.rejected),
    one('tidegate_spool_bytes', 'gauge', 'Bytes that wait in the spool.', status.spoolBytes),
    one('tidegate_spool_segments', 'gauge', 'Segments that wait in the spool.', status.spoolSegments),
    one(
      'tidegate_store_failing',
      'gauge',
      '1 while the event store reports an error.',
      status.lastError === undefined ? 0 : 1,
    ),
  ]
}
