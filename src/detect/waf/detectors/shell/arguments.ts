import type { CommandNeed } from './commands.ts'
import { separatorLength } from './shell-word.ts'

/** What stands after the name of a command, in the order in which it is looked for. */
export type ArgumentShape =
  | 'separator'
  | 'end'
  | 'sensitive-path'
  | 'url'
  | 'option'
  | 'path'
  | 'variable'
  | 'redirection'
  | 'host'
  | 'number'
  | 'subcommand'
  | 'marker'
  | 'word-path'
  | 'word-redirection'

const SHAPES: readonly (readonly [ArgumentShape, RegExp])[] = [
  [
    'sensitive-path',
    /(?:[ \t]+-{1,2}[\w=-]{1,20}){0,4}[ \t]*<?[ \t]*['"]?(?:\/+(?:etc|proc|dev|root|var\/(?:log|www|run)|home|tmp|bin|usr)\b|~\/\.|[a-z]:[\\/]|%(?:systemroot|windir|comspec|userprofile|temp)%|\.\.[\\/]|[\w./-]*(?:passwd|shadow|id_rsa|\.env|\.htaccess|win\.ini|wp-config|web\.config)\b)/iy,
  ],
  ['url', /(?:[ \t]+-{1,2}[\w=-]{1,20}(?:[ \t]+[\w./-]{1,40})?){0,4}[ \t]+['"]?(?:https?|s?ftp|tftp|file):\/\//iy],
  ['option', /[ \t]+(?:['"]?-{1,2}[a-z0-9?]|\/[a-z?]{1,4}(?:[ \t:]|$))/iy],
  [
    'path',
    /[ \t]+['"]?(?:[~.]{0,2}\/[\w.*?$~{-]|\/(?:[ \t;|&]|$)|\\\\|\*|\.{1,2}(?:[ \t;|&]|$)|[\w.-]{1,40}\.(?:txt|php\d?|sh|conf|log|ini|py|pl|rb|bat|exe|ps1|html?|jspx?|aspx?|xml|json|db|sql|key|pem|bak)\b)/iy,
  ],
  ['variable', /[ \t]+['"]?(?:\$[\w({@]|`|%\w{2,20}%)/y],
  ['redirection', /[ \t]*(?:[0-9&]?>{1,2}[ \t]*[&/\w.$]|<{1,2}[ \t]*[/$(&])/y],
  [
    'host',
    /[ \t]+['"]?(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b|localhost\b|[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}(?:[ \t;|&/:'"`)]|$))/iy,
  ],
  ['number', /[ \t]+['"]?[0-9]{1,6}(?:\.[0-9]{1,3})?[smhd]?['"]?[ \t]*(?:$|[;|&)`'"#\n])/y],
  [
    'subcommand',
    /[ \t]+(?:user|localgroup|group|share|view|use|query|add|export|save|install|exec|run|ps|get|start|stop|config|aux|auxw|ef)(?:[ \t]|$)/iy,
  ],
  ['marker', /[ \t]+['"]?(?=\w{0,40}[0-9])\w{3,40}['"]?[ \t]*(?:$|[;|&)`#\n])/y],
  ['word-redirection', /[ \t]+[^\s;|&<>]{1,60}[ \t]{0,4}>{1,2}[ \t]{0,4}[/\w.~]/y],
  ['word-path', /[ \t]+[\w.=+,-]{1,20}[ \t]+['"]?\/[\w.]/y],
  ['end', /[ \t]*(?:$|[;|&)`'"#\n\r\0}]|\\[nr]|%0)/y],
]

/** The first shape that fits what stands at `at`; undefined for an ordinary word. */
export function argumentShape(value: string, at: number): ArgumentShape | undefined {
  if (separatorLength(value, at) > 0) return 'separator'
  for (const [shape, pattern] of SHAPES) {
    pattern.lastIndex = at
    if (pattern.test(value)) return shape
  }
  return undefined
}

const FILES: readonly ArgumentShape[] = ['separator', 'sensitive-path', 'option', 'path', 'variable', 'redirection']

/** Which shapes satisfy a need. */
const MEETS: Readonly<Record<CommandNeed, ReadonlySet<ArgumentShape>>> = {
  alone: new Set([...FILES, 'url', 'host', 'number', 'end', 'subcommand', 'word-path']),
  argument: new Set([...FILES, 'url', 'host', 'word-path']),
  path: new Set(FILES),
  host: new Set(['host', 'option', 'separator', 'variable']),
  subcommand: new Set(['subcommand', 'option', 'separator']),
  marker: new Set(['marker', 'redirection', 'word-redirection', 'separator', 'variable']),
  number: new Set(['number', 'separator']),
  end: new Set(['end']),
}

/** True when what follows a command is what a shell command would have there. */
export function meetsNeed(needs: readonly CommandNeed[], shape: ArgumentShape | undefined): boolean {
  return shape !== undefined && needs.some((need) => MEETS[need].has(shape))
}
