export interface MetricSample {
  /** As `metricLabels` writes them. */
  readonly labels?: string
  readonly value: number
}

export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly samples: readonly MetricSample[]
}

/** Media type of the Prometheus text format, version 0.0.4. */
export const METRICS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/** Families in the Prometheus text format. Families without a sample are left out. */
export function formatMetrics(families: readonly MetricFamily[]): string {
  let text = ''
  for (const family of families) {
    if (family.samples.length === 0) continue
    text += `# HELP ${family.name} ${family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`
    text += `# TYPE ${family.name} ${family.type}\n`
    for (const sample of family.samples) {
      text += `${family.name}${sample.labels ?? ''} ${formatValue(sample.value)}\n`
    }
  }
  return text
}

/** Labels in the text format: `{name="value"}`. */
export function metricLabels(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}
