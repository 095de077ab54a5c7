import { type MetricFamily, metricLabels } from '#api'
import { VERSION } from '#kernel'
import type { CounterLedger } from './counter-ledger.ts'
import { firewallMetrics } from './firewall-metrics.ts'
import type { Firewall } from './firewall-start.ts'
import type { PolicyControl } from './policy-control.ts'
import type { WorkerPool } from './worker-pool.ts'

export interface MetricSources {
  readonly pool: WorkerPool
  readonly control: PolicyControl
  readonly firewall: Firewall | undefined
  readonly startedAtMs: number
}

/** Metrics of the supervisor and the sums over all workers. */
export function serverMetrics({ pool, control, firewall, startedAtMs }: MetricSources): readonly MetricFamily[] {
  const { user, system } = process.cpuUsage()
  return [
    ...workerMetrics(pool.counters),
    ...(firewall === undefined ? [] : firewallMetrics(firewall)),
    one('tidegate_workers_running', 'gauge', 'Data workers that run now.', pool.running),
    one('tidegate_worker_deaths_total', 'counter', 'Data workers that died and were started again.', pool.deaths),
    {
      name: 'tidegate_policy_reloads_total',
      type: 'counter',
      help: 'Reloads of the policy by result.',
      samples: [
        { labels: metricLabels({ result: 'ok' }), value: control.reloads },
        { labels: metricLabels({ result: 'refused' }), value: control.refusals },
      ],
    },
    info('tidegate_policy_info', 'The policy that runs.', { version: control.running.policy.version }),
    info('tidegate_build_info', 'The program that runs.', { version: VERSION, node: process.versions.node }),
    one('process_cpu_seconds_total', 'counter', 'CPU time of the process in seconds.', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'gauge', 'Resident memory of the process.', process.memoryUsage.rss()),
    one('process_start_time_seconds', 'gauge', 'Start of the process in seconds since the epoch.', startedAtMs / 1000),
  ]
}

function one(name: string, type: MetricFamily['type'], help: string, value: number): MetricFamily {
  return { name, type, help, samples: [{ value }] }
}

function info(name: string, help: string, labels: Readonly<Record<string, string>>): MetricFamily {
  return { name, type: 'gauge', help, samples: [{ labels: metricLabels(labels), value: 1 }] }
}

const HELP: Readonly<Record<string, string>> = {
  tidegate_http_requests_total: 'Requests by verdict and class of the status that was sent.',
  tidegate_rule_hits_total: 'Matches of each rule.',
  tidegate_connections_total: 'Client connections by protocol.',
  tidegate_connections_open: 'Client connections that are open now.',
  tidegate_http2_sessions_open: 'HTTP/2 connections that are open now.',
  tidegate_origin_connections_open: 'Connections to origins that are open now.',
  tidegate_origin_errors_total: 'Failed requests to origins by fault.',
  tidegate_origin_retries_total: 'Requests that were tried again on another connection or origin.',
  tidegate_events_total: 'Events written to the spool.',
  tidegate_events_bytes_total: 'Bytes written to the spool.',
  tidegate_events_sampled_out_total: 'Events that others stand for by their weight.',
  tidegate_events_dropped_total: 'Events that were lost because spool or disk were full.',
  tidegate_events_failed_total: 'Events that could not be written for another reason.',
  tidegate_waf_inspected_total: 'Requests that the WAF looked at, by mode.',
  tidegate_waf_blocked_total: 'Requests and answers that the WAF stopped, by kind of attack.',
  tidegate_waf_would_block_total: 'Requests and answers that it would have stopped, by kind of attack.',
  tidegate_waf_budget_exceeded_total: 'Requests that used up their CPU time.',
  tidegate_waf_cpu_microseconds_total: 'CPU time that inspections took.',
  tidegate_waf_held_bytes: 'Memory of bodies that are collected for inspection now.',
  tidegate_flow_datagrams_total: 'Datagrams of flow exporters by what became of them.',
  tidegate_flow_records_total: 'Flows that exporters told.',
  tidegate_flow_exports_lost_total: 'Flows or datagrams that never came, as sequence numbers show.',
  tidegate_flow_sets_without_template_total: 'Sets of flows that came before their template.',
  tidegate_flow_exporters: 'Exporters, by observation domain, that are known.',
  tidegate_flow_floods: 'Floods that flows show now.',
  tidegate_flow_events_total: 'Flows written to the spool.',
  tidegate_flow_events_sampled_out_total: 'Flows that others stand for by their weight.',
  tidegate_flow_events_dropped_total: 'Flows that were lost because spool or disk were full.',
  tidegate_internal_errors_total: 'Faults of Tidegate itself.',
}

/** Each worker sees the whole spool: a sum would count it several times. The store tells its size. */
const NOT_A_SUM: ReadonlySet<string> = new Set(['tidegate_spool_bytes'])

/** The counters of the workers: their names are those of the text format, with labels. */
function workerMetrics(ledger: CounterLedger): readonly MetricFamily[] {
  const families = new Map<string, { labels: string; value: number }[]>()
  for (const [key, value] of ledger.totals()) {
    const brace = key.indexOf('{')
    const name = brace < 0 ? key : key.slice(0, brace)
    if (NOT_A_SUM.has(name)) continue
    const samples = families.get(name) ?? []
    samples.push({ labels: brace < 0 ? '' : key.slice(brace), value })
    families.set(name, samples)
  }
  return [...families].map(([name, samples]) => ({
    name,
    type: name.endsWith('_total') ? 'counter' : 'gauge',
    help: HELP[name] ?? 'Sum over all data workers.',
    samples,
  }))
}
