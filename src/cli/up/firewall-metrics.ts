import { type MetricFamily, metricLabels } from '#api'
import type { FirewallReport } from '#points'
import type { Firewall } from './firewall-start.ts'

type Counter = FirewallReport['counters'][number]

/** Metrics of the packet filter; packets that no rule decided about have empty labels, those of management its action only. */
export function firewallMetrics({ guard, recorder }: Firewall): readonly MetricFamily[] {
  const { state, counters, deaths, sampling } = guard.report()
  const events = recorder.counters()
  const perRule = (name: string, help: string, value: (counter: Counter) => number): MetricFamily => ({
    name,
    type: 'counter',
    help,
    samples: counters.map((counter) => {
      const { phase = '', ruleId = '', management, action = management === true ? 'management' : '' } = counter
      return { labels: metricLabels({ phase, rule: ruleId, action }), value: value(counter) }
    }),
  })
  return [
    perRule('tidegate_packets_total', 'Packets by the rule that they matched.', ({ packets }) => packets),
    perRule('tidegate_packet_bytes_total', 'Bytes of frames by the rule that they matched.', ({ bytes }) => bytes),
    perRule('tidegate_packets_over_rate_total', 'Packets above the rate of a rule.', ({ over }) => over),
    {
      name: 'tidegate_firewall_memory_bytes',
      type: 'gauge',
      help: 'Memory of the packet filter in the kernel.',
      samples: [{ value: state?.memoryBytes ?? 0 }],
    },
    {
      name: 'tidegate_firewall_deaths_total',
      type: 'counter',
      help: 'How often the firewall process died and was started again.',
      samples: [{ value: deaths }],
    },
    {
      name: 'tidegate_packet_samples_total',
      type: 'counter',
      help: 'Sampled packets that were looked at.',
      samples: [{ value: sampling.samples }],
    },
    {
      name: 'tidegate_packet_sampling_stride',
      type: 'gauge',
      help: 'Of every so many packets, one is sampled.',
      samples: (['passed', 'dropped'] as const).map((verdict) => ({
        labels: metricLabels({ verdict }),
        value: sampling[verdict],
      })),
    },
    {
      name: 'tidegate_packet_events_total',
      type: 'counter',
      help: 'Events of packets: written, and lost because spool or disk were full.',
      samples: [
        { labels: metricLabels({ result: 'written' }), value: events.rows },
        { labels: metricLabels({ result: 'dropped' }), value: events.dropped },
      ],
    },
    ...floodMetrics(guard.floods),
  ]
}

function floodMetrics({ attacks, mitigations, seenAttacks }: Firewall['guard']['floods']): readonly MetricFamily[] {
  const active = mitigations.filter(({ endedAtMs }) => endedAtMs === undefined)
  const steps = new Map<string, number>()
  for (const { step } of active) steps.set(step, (steps.get(step) ?? 0) + 1)
  return [
    {
      name: 'tidegate_floods_total',
      type: 'counter',
      help: 'Floods that were seen.',
      samples: [{ value: seenAttacks }],
    },
    {
      name: 'tidegate_floods_active',
      type: 'gauge',
      help: 'Floods that go on.',
      samples: [{ value: attacks.length }],
    },
    {
      name: 'tidegate_flood_rules',
      type: 'gauge',
      help: 'Rules against floods that are in force, by step.',
      samples: [...steps].map(([step, value]) => ({ labels: metricLabels({ step }), value })),
    },
  ]
}
