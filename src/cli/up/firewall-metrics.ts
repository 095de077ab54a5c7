import { type MetricFamily, metricLabels } from '#api'
import type { FirewallReport } from '#points'

type Counter = FirewallReport['counters'][number]

/** Metrics of the packet filter; packets that no rule decided about have empty labels. */
export function firewallMetrics({ state, counters, deaths }: FirewallReport): readonly MetricFamily[] {
  const perRule = (name: string, help: string, value: (counter: Counter) => number): MetricFamily => ({
    name,
    type: 'counter',
    help,
    samples: counters.map((counter) => {
      const { phase = '', ruleId = '', action = '' } = counter
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
  ]
}
