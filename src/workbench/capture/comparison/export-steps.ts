import { formatIp } from '#wire'
import type { ExportStreamFacts } from '../../findings/export-facts.ts'
import { framesOf, MILLISECOND } from '../../findings/figures.ts'
import { type Conversation, durationsOf, factsOf } from './conversation.ts'

/** What an exporter sent, as a conversation: whatever port it sends from, it is the same one in both captures. */
export function exportConversation(stream: ExportStreamFacts): Conversation {
  const { protocol, exporter, domain, losses, samplingRates, missingTemplates, templateChanges, delay } = stream
  return {
    role: `flow exports of ${formatIp(exporter)} ${protocol} domain ${domain}`,
    steps: [
      {
        step: 'export',
        frames: framesOf(
          stream.firstFrame,
          ...losses.gaps.map(({ place }) => place),
          ...missingTemplates.flatMap(({ sets }) => [...sets.frames]),
          ...[...stream.faults.values()].flatMap(({ frames }) => [...frames]),
          ...stream.restarts.frames,
        ),
        facts: factsOf({
          'tells flows': stream.records > 0,
          'exports lost': losses.lost > 0,
          'data without template': missingTemplates.length > 0,
          'malformed datagrams': stream.faults.size > 0,
          restarted: stream.restarts.count > 0,
          'templates sent': stream.templates,
          'templates changed': templateChanges.count > 0,
          'one packet looked at of': samplingRates?.[0] === samplingRates?.[1] ? samplingRates?.[0] : 'several rates',
          'sampling unknown': stream.recordsOfUnknownRate > 0,
        }),
        durations: durationsOf({
          'from flow to export': delay === undefined ? undefined : delay.averageMs * MILLISECOND,
        }),
      },
    ],
  }
}
