// What a style needs to run script stands near its beginning; the rest of a long one is left alone.
const STYLE_BYTES = 2048

const ESCAPES = /\\([0-9a-f]{1,6})\s?|\\(.)/gis
const IGNORED = /[\x00-\x20]+/g
const RUNS =
  /expression\(|javascript:|vbscript:|-moz-binding:|behaviou?r:url|@import["']?(?:javascript|data):|url\(["']?data:text\/html/

/** True when CSS in `text` from `from` to `to` runs script in some browser, also with comments and escapes in between. */
export function styleRuns(text: string, from: number, to: number): boolean {
  const style = text.slice(from, Math.min(to, from + STYLE_BYTES))
  if (!/[(:@\\]/.test(style)) return false
  const plain = withoutComments(style)
    .replace(ESCAPES, (_, hex: string | undefined, other: string | undefined) => other ?? decodeHex(hex))
    .replace(IGNORED, '')
    .toLowerCase()
  return RUNS.test(plain)
}

function withoutComments(style: string): string {
  let result = ''
  let at = 0
  for (;;) {
    const open = style.indexOf('/*', at)
    const close = open < 0 ? -1 : style.indexOf('*/', open + 2)
    if (close < 0) return result + style.slice(at)
    result += style.slice(at, open)
    at = close + 2
  }
}

function decodeHex(hex: string | undefined): string {
  const code = Number.parseInt(hex ?? '0', 16)
  return code > 0 && code < 0x80 ? String.fromCharCode(code) : ''
}
