import { formatIp } from '#wire'
import type { ExportStreamFacts } from './export-facts.ts'
import { exporterText } from './export-text.ts'
import { framesOf, groupBy } from './figures.ts'
import type { FindingDraft } from './finding.ts'

/** Uptimes are compared with what the clock of the capture says; they may differ by the work of an exporter. */
const UPTIME_SLACK_MS = 5000

/** Exporters that began anew, in one stream, or as a second one that goes on from another port where the first one ended. */
export function exportRestarts(streams: readonly ExportStreamFacts[]): FindingDraft[] {
  return [
    ...streams
      .filter(({ restarts }) => restarts.count > 0)
      .map((stream) => ({
        kind: 'export-restarted',
        frames: stream.restarts.frames,
        scope: { flows: stream.flows },
        weight: stream.restarts.count,
        text: `The uptime of ${exporterText(stream)} went back ${often(stream.restarts.count)}: it began anew at frame ${stream.restarts.frames[0]}.`,
      })),
    ...successions(streams),
  ]
}

function successions(streams: readonly ExportStreamFacts[]): FindingDraft[] {
  const groups = groupBy(
    streams,
    ({ sender, exporter, collector, collectorPort, protocol, domain }) =>
      `${formatIp(sender)} ${formatIp(exporter)} ${formatIp(collector)} ${collectorPort} ${protocol} ${domain}`,
  )
  return [...groups.values()].flatMap((group) => {
    const ordered = group.toSorted((a, b) => a.firstFrame - b.firstFrame)
    const successors = ordered.filter((stream, index) => index > 0 && hasFollowed(ordered[index - 1], stream))
    if (successors.length === 0) return []
    const [first] = successors
    return [
      {
        kind: 'export-restarted',
        frames: framesOf(...successors.map(({ firstFrame }) => firstFrame)),
        scope: { flows: new Set(ordered.flatMap(({ flows }) => [...flows])) },
        weight: successors.length,
        text: `${exporterText(first)} began anew ${often(successors.length)}: from frame ${first.firstFrame} on it sends from port ${first.senderPort}, and counts from the beginning.`,
      },
    ]
  })
}

function often(times: number): string {
  return times === 1 ? 'once' : `${times} times`
}

/** The earlier one had ended, and the later one knows nothing of it. */
function hasFollowed(before: ExportStreamFacts, after: ExportStreamFacts): boolean {
  if (after.firstFrame <= before.lastFrame) return false
  const countsAnew = after.firstSequence < before.lastSequence
  if (before.lastUptimeMs < 0 || after.firstUptimeMs < 0) return countsAnew
  const passedMs = after.firstMs - before.lastMs
  const wasShorter = after.firstUptimeMs + UPTIME_SLACK_MS < before.lastUptimeMs + passedMs
  return (wasShorter || countsAnew) && after.firstUptimeMs < passedMs + UPTIME_SLACK_MS
}
