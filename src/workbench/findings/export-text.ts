import { type FlowProtocol, formatIp } from '#wire'
import type { ExportStreamFacts } from './export-facts.ts'

/** How people call them. */
const NAMES: Readonly<Record<FlowProtocol, string>> = {
  netflow5: 'NetFlow 5',
  netflow9: 'NetFlow 9',
  ipfix: 'IPFIX',
  sflow5: 'sFlow',
}

/** An exporter in words. */
export function exporterText({ exporter, protocol, domain }: ExportStreamFacts): string {
  return `${formatIp(exporter)} (${NAMES[protocol]}${domain === 0 ? '' : `, domain ${domain}`})`
}
