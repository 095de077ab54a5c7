import type { MitigationJson } from '#api'
import { connect } from '../client/connect.ts'
import type { ServerOptions } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { formatTable } from '../output/table.ts'

/** Does what `tidegate firewall mitigation show ID` says. */
export async function runMitigationShow(
  id: string,
  options: ServerOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  const route = `/api/v1/firewall/mitigations/${encodeURIComponent(id)}`
  const mitigation = await connect(options).get<MitigationJson>(route)
  process.stdout.write(
    options.json === true
      ? `${JSON.stringify(mitigation, null, 2)}\n`
      : `${card(mitigation)}\n${conditions(mitigation)}`,
  )
  return EXIT.ok
}

function card(mitigation: MitigationJson): string {
  const { evidence, when, action, step, destination, capture, endedAt, endedBy, expiresAt, packets } = mitigation
  const { counter, collateral, sources, sampledPackets, estimatedPackets } = evidence
  const usual = counter.baseline === undefined ? 'nothing learnt yet' : `usually ${rate(counter.baseline.mean)}`
  const lines: (readonly [string, string])[] = [
    ['rule', mitigation.id],
    ['when', printable(when)],
    ['action', `${typeof action === 'string' ? action : JSON.stringify(action)} (${step})`],
    ['because', printable(evidence.reason)],
    ['destination', destination],
    [
      'counter',
      `${counter.class} towards ${counter.destination}: ${rate(counter.rate)}, above ${rate(counter.threshold)}`,
    ],
    ['test', `${counter.test}, ${usual}`],
    ['flood matched', `${percent(evidence.coverage)} of ${Math.round(estimatedPackets)} packets`],
    ['samples', `${sampledPackets} packets from ${sources} sources`],
    ['collateral', collateralText(collateral)],
    ['since', mitigation.createdAt],
    ['until', endedAt === undefined ? until(mitigation, expiresAt) : `${endedAt} (${endedBy ?? 'ended'})`],
  ]
  if (mitigation.rearmed > 0) lines.push(['came back', `${mitigation.rearmed} times`])
  if (packets !== undefined) lines.push(['packets', String(packets)])
  if (capture !== undefined) lines.push(['capture', printable(capture)])
  const width = Math.max(...lines.map(([name]) => name.length))
  return lines.map(([name, value]) => `${style('dim', name.padEnd(width))}  ${value}\n`).join('')
}

function until({ pinned }: MitigationJson, expiresAt: string | undefined): string {
  return pinned ? 'pinned' : `${expiresAt ?? ''}, later while packets match it`
}

function collateralText({ matched, of, share, highest }: MitigationJson['evidence']['collateral']): string {
  if (of === 0) return 'no good packet was there to ask'
  return `${percent(share)} of good packets (${matched} of ${of}), at most ${percent(highest)}`
}

type Condition = MitigationJson['evidence']['conditions'][number]

function conditions({ evidence }: MitigationJson): string {
  return formatTable<Condition>(
    [
      { title: 'FLOOD', align: 'right', cell: ({ attackShare }) => percent(attackShare) },
      { title: 'USUAL', align: 'right', cell: ({ baselineShare }) => percent(baselineShare) },
      { title: 'CONDITION', cell: ({ text }) => text },
    ],
    evidence.conditions,
  )
}

function rate(value: number): string {
  return `${Math.round(value)} packets/s`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}
