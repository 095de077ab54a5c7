import type { JudgedRequest, Suggestion } from '#workbench'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { windowWidth, wrapText } from '../output/window.ts'

/** What was replayed: the log, as far as it was looked at. */
export interface ReplayedLog {
  readonly since: string
  readonly requests: number
  /** There are more than were looked at. */
  readonly isCut: boolean
}

const INDENT = '   '

/** Proposals with their effects, the narrowest first. */
export function suggestionsText(
  suggestions: readonly Suggestion[],
  givenCount: number,
  log: ReplayedLog,
  window: number | undefined = windowWidth(),
): string {
  const more = log.isCut ? '; there are more, only the newest were looked at' : ''
  const head = `replayed on ${log.requests} requests since ${log.since} that the WAF blocks, or would, by these rules${more}\n`
  return (
    head + suggestions.map((each, i) => `\n${suggestionLines(each, i + 1, givenCount, window).join('\n')}\n`).join('')
  )
}

function suggestionLines(
  suggestion: Suggestion,
  number: number,
  givenCount: number,
  window: number | undefined,
): string[] {
  const { width, when, exceptions, effect } = suggestion
  const room = window === undefined ? undefined : window - INDENT.length
  const rules = exceptions.map(({ rules: ids, parameters }) =>
    parameters.length === 0 ? ids.join(', ') : `${ids.join(', ')} at ${parameters.join(', ')}`,
  )
  const { givenPass, benign, malicious, stillBlocked } = effect
  return [
    style('bold', `${number}. ${width}`),
    ...[...rules, `when ${when}`].flatMap((text) => wrapText(printable(text), room).map((line) => INDENT + line)),
    `${INDENT}given requests that pass: ${givenPass} of ${givenCount}`,
    `${INDENT}logged requests that would pass as well: ${count(benign, 'green')} look benign, ${count(malicious, 'red')} look malicious; ${Math.round(stillBlocked)} stay blocked`,
    ...effect.samples.map(({ request, looks, why }) => {
      const reason = why === undefined ? '' : `: ${why}`
      return `${INDENT}  ${style(looks === 'benign' ? 'green' : 'red', looks)} ${printable(`${requestText(request)}${reason}`)}`
    }),
  ]
}

function count(weight: number, colour: 'green' | 'red'): string {
  const text = String(Math.round(weight))
  return weight > 0 ? style(colour, text) : text
}

function requestText({ ray, client, method, host, path, score, class: kind }: JudgedRequest): string {
  const target = `${method ?? '?'} ${host ?? ''}${path ?? ''}`
  return `${ray} ${client ?? '-'} ${target}, score ${score}${kind === undefined ? '' : ` (${kind})`}`
}
