import { type ExportFault, formatIp } from '#wire'
import type { Evidence } from './evidence.ts'
import { findLostExports } from './export-losses.ts'
import type { ExportFacts, ExportStreamFacts } from './export-facts.ts'
import { exportRestarts } from './export-restarts.ts'
import { exporterText } from './export-text.ts'
import { counted, duration, framesOf, MILLISECOND } from './figures.ts'
import type { FindingDraft, FindingKind, FindingRule } from './finding.ts'

/** Exporters repeat their templates within this: a shorter capture may just have missed them. */
const TEMPLATE_REPEAT_MS = 1_800_000
/** Clocks that are kept by NTP are closer, and datagrams are not so late. */
const CLOCK_LEAST_MS = 10_000
/** From here on flows are put into the wrong minutes of every graph. */
const CLOCK_MUCH_MS = 300_000

const FAULT_TEXTS: Readonly<Record<ExportFault, string>> = {
  head: 'the head is not whole',
  length: 'the length is another than the head says',
  set: 'a set leads outside, or is of no known kind',
  template: 'a template is cut off, or has no fields or too many',
  sample: 'a sample leads outside, or is too short',
}

const KINDS = {
  'export-lost': {
    severity: 'medium',
    side: 'path',
    meaning:
      'Numbers of flow exports are missing in their sequence: datagrams were lost between the exporter and the place of the capture, or by the capture itself.',
    next: 'Look for drops on the way (`netstat -su` and `net.core.rmem_max` at the collector, queues of the exporter); export less, or sample.',
  },
  'export-template-missing': {
    severity: 'medium',
    side: 'client',
    meaning:
      'Data of NetFlow 9 or IPFIX has no template in the whole capture: nobody who did not see the template before can read these flows.',
    next: 'Let the exporter send its templates more often (every minute, every 20 datagrams), and see whether a device between drops them.',
  },
  'export-template-changed': {
    severity: 'low',
    side: 'client',
    meaning:
      'A template got other fields under its old number in mid-stream: collectors that miss the change read the data with the wrong fields.',
    next: 'See whether the exporter was configured anew at that frame, or whether two exporters use one address and domain: give each a domain of its own.',
  },
  'export-restarted': {
    severity: 'low',
    side: 'client',
    meaning:
      'The exporter began anew: its uptime or its sequence numbers went back. Flows that it had not exported are lost, and templates and sampling may be others.',
    next: 'Look into the log of the exporter at that time: crash, watchdog, change of configuration, power.',
    explains: ['export-template-changed', 'export-sampling-changed'],
  },
  'export-malformed': {
    severity: 'medium',
    side: 'client',
    meaning: 'Datagrams of an exporter break the format: what stands behind the damage cannot be read.',
    next: 'Let tshark dissect one of these frames (`--tshark FRAME`), and look for a known fault of this version of the exporter.',
  },
  'export-clock-wrong': {
    severity: 'low',
    side: 'client',
    meaning:
      'The clock of the exporter is far from that of the capture, or it jumped: its flows are put into the wrong minutes.',
    next: 'Compare both clocks with NTP (`chronyc tracking`, `show ntp status`): set right the one that is wrong.',
  },
  'export-sampling-unknown': {
    severity: 'medium',
    side: 'client',
    meaning:
      'The exporter looks at some packets only and never says at how many: packets and bytes are told too low by an unknown factor.',
    next: 'Let the exporter send its sampler options, or read the rate in its configuration and multiply.',
  },
  'export-sampling-changed': {
    severity: 'info',
    side: 'client',
    meaning:
      'The exporter looks at another share of the packets from some frame on. Collectors that hold on to the old rate see traffic rise or fall that did not.',
    next: 'See whether somebody changed it, or whether the exporter adapts under load: a flood makes some sample less.',
  },
  'export-version-unknown': {
    severity: 'info',
    side: 'client',
    meaning: 'Datagrams to a collector are of a version that is read by few: NetFlow 1 or 7, or sFlow before 5.',
    next: 'Configure the exporter for NetFlow 9 or IPFIX, or sFlow 5.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>

type Kind = keyof typeof KINDS

/** What goes wrong with flow exports: NetFlow, IPFIX, sFlow. */
export const EXPORTS: FindingRule = {
  kinds: KINDS,
  find: ({ exports, capture }: Evidence) => (exports === undefined ? [] : find(exports, capture.droppedByCapture ?? 0)),
}

function find(facts: ExportFacts, droppedByCapture: number): FindingDraft[] {
  return [
    ...facts.streams.flatMap((stream) => [
      ...findLostExports(stream, droppedByCapture),
      ...missingTemplates(stream),
      ...changedTemplates(stream),
      ...malformed(stream),
      ...clock(stream),
      ...sampling(stream),
    ]),
    ...exportRestarts(facts.streams),
    ...unknownVersions(facts),
  ]
}

function draft(
  kind: Kind,
  stream: ExportStreamFacts,
  rest: Pick<FindingDraft, 'frames' | 'text' | 'weight' | 'severity' | 'side'>,
): FindingDraft {
  return { kind, scope: { flows: stream.flows }, ...rest }
}

function missingTemplates(stream: ExportStreamFacts): FindingDraft[] {
  const { missingTemplates: missing, records, firstMs, lastMs } = stream
  const sets = missing.reduce((sum, { sets: { count } }) => sum + count, 0)
  if (sets === 0) return []
  const isShort = lastMs - firstMs < TEMPLATE_REPEAT_MS
  const numbers = missing.map(({ id }) => id).join(', ')
  return [
    draft('export-template-missing', stream, {
      severity: isShort && records > 0 ? 'low' : 'medium',
      ...(isShort && { side: 'capture' }),
      frames: framesOf(...missing.flatMap(({ sets: { frames } }) => [...frames])),
      weight: sets,
      text:
        `${counted(sets, 'data set')} of ${exporterText(stream)} cannot be read: ` +
        `${missing.length === 1 ? 'template' : 'templates'} ${numbers} ${missing.length === 1 ? 'is' : 'are'} not in the capture` +
        `${isShort ? `, which has only ${duration((lastMs - firstMs) * MILLISECOND)} of it` : ''}.`,
    }),
  ]
}

function changedTemplates(stream: ExportStreamFacts): FindingDraft[] {
  const { count, first } = stream.templateChanges
  if (count === 0) return []
  const { id, fieldsBefore, fieldsAfter, frame } = first[0]
  return [
    draft('export-template-changed', stream, {
      frames: framesOf(...first),
      weight: count,
      text:
        `Template ${id} of ${exporterText(stream)} had ${counted(fieldsBefore, 'field')} and has ` +
        `${fieldsBefore === fieldsAfter ? 'as many others' : String(fieldsAfter)} from frame ${frame} on` +
        `${count > 1 ? `; templates changed ${count} times in all` : ''}.`,
    }),
  ]
}

function malformed(stream: ExportStreamFacts): FindingDraft[] {
  return [...stream.faults].map(([fault, { count, frames }]) =>
    draft('export-malformed', stream, {
      frames,
      weight: count,
      text: `${count} of ${counted(stream.datagrams, 'datagram')} of ${exporterText(stream)} cannot be read to the end: ${FAULT_TEXTS[fault]}.`,
    }),
  )
}

function clock(stream: ExportStreamFacts): FindingDraft[] {
  if (stream.clock === undefined) return []
  const { leastMs, leastFrame, lowestMs, highestMs, jumps } = stream.clock
  const isWrong = Math.abs(leastMs) >= CLOCK_LEAST_MS
  if (!isWrong && jumps.count === 0) return []
  const much = isWrong ? Math.abs(leastMs) : Math.max(-lowestMs, highestMs)
  const where = `${duration(much * MILLISECOND)} ${(isWrong ? leastMs : highestMs) > 0 ? 'ahead of' : 'behind'} that of the capture`
  return [
    draft('export-clock-wrong', stream, {
      severity: much >= CLOCK_MUCH_MS ? 'medium' : 'low',
      frames: isWrong ? framesOf(leastFrame, ...jumps.frames) : jumps.frames,
      text: isWrong
        ? `The clock of ${exporterText(stream)} is ${where}.`
        : `The clock of ${exporterText(stream)} jumps at frame ${jumps.frames[0]}, and is up to ${where}.`,
    }),
  ]
}

function sampling(stream: ExportStreamFacts): FindingDraft[] {
  const { recordsOfUnknownRate, records, firstFrame, samplingChanges } = stream
  const drafts: FindingDraft[] = []
  // Until the options came the rate is unknown everywhere.
  if (recordsOfUnknownRate > 0 && recordsOfUnknownRate * 2 > records) {
    drafts.push(
      draft('export-sampling-unknown', stream, {
        frames: [firstFrame],
        weight: recordsOfUnknownRate,
        text: `${recordsOfUnknownRate} of ${counted(records, 'record')} of ${exporterText(stream)} are of samplers whose rate is told nowhere in the capture.`,
      }),
    )
  }
  const [change] = samplingChanges.first
  if (change !== undefined) {
    const others = samplingChanges.count > 1 ? `, the first of ${samplingChanges.count} changes` : ''
    drafts.push(
      draft('export-sampling-changed', stream, {
        frames: framesOf(...samplingChanges.first),
        weight: samplingChanges.count,
        text: `From frame ${change.frame} on ${exporterText(stream)} looks at one of ${rate(change.after)} packets, before at one of ${rate(change.before)}${others}.`,
      }),
    )
  }
  return drafts
}

function rate(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

function unknownVersions({ unknownVersions: { count, frames }, streams }: ExportFacts): FindingDraft[] {
  if (count === 0) return []
  const besides = streams.length === 0 ? '' : `, besides those of ${formatIp(streams[0].exporter)}`
  return [
    {
      kind: 'export-version-unknown',
      frames,
      scope: {},
      weight: count,
      text: `${counted(count, 'datagram')} to a port of collectors ${count === 1 ? 'is' : 'are'} of no version that can be read${besides}.`,
    },
  ]
}
