import { style } from '../output/style.ts'
import { printable } from '../output/printable.ts'
import { formatTable } from '../output/table.ts'
import type { CountJson, ReplayJson } from './ask-replay.ts'

const SHOWN_VALUES = 5

/** A replay for people. */
export function replayText(answer: ReplayJson): string {
  const { total, matched, changed, notReached, undecidable, unknownVersion } = answer
  const lines = [
    `${style('bold', counted(total))} events from ${answer.since} to ${answer.until}; the draft runs last in ${answer.phase}`,
    `  ${counted(matched)} matched (${share(matched, total)}), ${style('bold', counted(changed))} decided otherwise (${share(changed, total)})`,
    ...stated(notReached, 'matched, but another rule had decided before'),
    ...stated(undecidable, 'cannot be told: a value was stored as a hash, or in part, or the WAF did not look'),
    ...stated(unknownVersion, 'matched under a policy that is no longer kept'),
    ...answer.notes.map((note) => `  note: ${printable(note)}`),
  ]
  const sections = [lines.join('\n')]
  if (answer.changes.length > 0) sections.push(changesText(answer))
  if (answer.rules.length > 1) sections.push(rulesText(answer))
  if (matched.rows > 0) sections.push(...answer.groups.flatMap((group) => groupText(group, matched)))
  if (answer.samples.length > 0) sections.push(samplesText(answer))
  return `${sections.map((section) => section.trimEnd()).join('\n\n')}\n`
}

function stated(count: CountJson, what: string): string[] {
  return count.rows === 0 ? [] : [`  ${counted(count)} ${what}`]
}

function changesText({ changes, matched }: ReplayJson): string {
  return formatTable(
    [
      { title: 'EVENTS', align: 'right', cell: counted },
      { title: 'SHARE', align: 'right', cell: (change) => share(change, matched) },
      { title: 'WAS', cell: ({ was }) => was },
      {
        title: 'WOULD BE',
        cell: ({ now }) => now,
        paint: ({ was, now }, shown) => (was === now ? shown : style('bold', shown)),
      },
      { title: 'BY RULE', cell: ({ ruleId }) => ruleId ?? '' },
    ],
    changes,
  )
}

function rulesText({ rules }: ReplayJson): string {
  return formatTable(
    [
      { title: 'EVENTS', align: 'right', cell: counted },
      { title: 'RULE', cell: ({ id }) => id },
      { title: 'ACTION', cell: ({ action, mode }) => (mode === 'log' ? `${action} (log)` : action) },
      { title: 'WHEN', cell: ({ when }) => when },
    ],
    rules,
  )
}

function groupText({ field, values }: ReplayJson['groups'][number], matched: CountJson): string[] {
  // A field that no matched event has tells nothing.
  if (values.every(({ value }) => value === null)) return []
  const rows = values.slice(0, SHOWN_VALUES)
  return [
    formatTable(
      [
        { title: 'EVENTS', align: 'right', cell: counted },
        { title: 'SHARE', align: 'right', cell: (entry) => share(entry, matched) },
        { title: field, cell: ({ value }) => (value === null ? '(absent)' : String(value)) },
      ],
      rows,
    ),
  ]
}

function samplesText({ samples }: ReplayJson): string {
  const shown = samples.slice(0, SHOWN_VALUES)
  const lines = shown.map(({ ray, time, was, now }) => `  ${time}  ${ray}  ${was} -> ${now}`)
  return `${style('bold', 'Newest of them')} (\`tidegate event show RAY\`)\n${lines.join('\n')}`
}

function counted({ count, error }: CountJson): string {
  const whole = Math.round(count).toLocaleString('en')
  return error < 0.5 ? whole : `${whole} +- ${Math.round(error).toLocaleString('en')}`
}

function share(part: CountJson, whole: CountJson): string {
  if (whole.count === 0) return '-'
  const percent = (part.count / whole.count) * 100
  return `${percent > 0 && percent < 0.01 ? '< 0.01' : percent.toFixed(percent < 1 ? 2 : 1)} %`
}
