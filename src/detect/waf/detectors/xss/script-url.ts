import { codePointText, readEntity } from './entity.ts'

/** What a URL does when it is followed: nothing, run as script, or show a document of its own that can hold one. */
export type UrlEffect = 'none' | 'script' | 'document' | 'image'

// Scheme and media type; more is not needed to tell.
const HEAD_BYTES = 40
// Entities and control characters can fill a scheme with as much again, many times.
const READ_BYTES = 400

const SCRIPT = /^(?:(?:view-source:|feed:)?javascript|vbscript|livescript):/
const DOCUMENT =
  /^data:(?:text\/(?:html|xml|javascript|vbscript)|application\/(?:xhtml\+xml|xml|javascript|x-javascript|ecmascript))/
const IMAGE = /^data:image\/svg/
const PLAIN_DATA = /^data:[;,]/

const SPACES = new Set([0x09, 0x0a, 0x0d, 0x00])

/**
 * What the URL in `text` from `from` to `to` does, read as browsers do: entities decoded, tabs and line ends removed, control
 * characters before the scheme skipped (WHATWG URL, basic URL parser).
 */
export function urlEffect(text: string, from: number, to: number): UrlEffect {
  const head = urlHead(text, from, Math.min(to, from + READ_BYTES))
  if (head.charCodeAt(0) === 0x64) {
    if (DOCUMENT.test(head) || PLAIN_DATA.test(head)) return 'document'
    return IMAGE.test(head) ? 'image' : 'none'
  }
  return SCRIPT.test(head) ? 'script' : 'none'
}

/** The beginning of a URL in lower case. */
function urlHead(text: string, from: number, to: number): string {
  let head = ''
  let at = from
  while (at < to && head.length < HEAD_BYTES) {
    let code = text.charCodeAt(at++)
    if (code === 0x26) {
      const entity = readEntity(text, at - 1, to)
      if (entity !== undefined) {
        code = entity.code
        at = entity.end
      }
    }
    if (SPACES.has(code) || (head === '' && code <= 0x20)) continue
    head += codePointText(code)
  }
  return head.toLowerCase()
}
