import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** `text` in a style when standard output is a terminal that shows colours; NO_COLOR and FORCE_COLOR are obeyed. */
export function style(name: Style, text: string): string {
  return styleText(name, text, { stream: process.stdout, validateStream: true })
}

const VERDICT_STYLE: Readonly<Record<string, Style>> = {
  allow: 'green',
  block: 'red',
  redirect: 'cyan',
  refuse: 'yellow',
  error: 'yellow',
}

/** A verdict in its colour. */
export function styleVerdict(verdict: string, shown: string = verdict): string {
  const name = VERDICT_STYLE[verdict]
  return name === undefined ? shown : style(name, shown)
}
