import { type FieldList, fieldValue } from '#wire'
import { reasonOf } from './reason-phrase.ts'

/** What an answer of our own says to the person who reads it. */
export interface PageContent {
  readonly status: number
  readonly ray: string
  /** One sentence that says what happened; for errors of the origin also at which step. */
  readonly explanation: string
  /** Which side the trouble is on; undefined for decisions of the policy. */
  readonly side: 'client' | 'edge' | 'origin' | undefined
}

export interface Page {
  readonly contentType: string
  readonly body: Buffer
}

/** An error page in HTML when the client accepts it, in JSON otherwise. */
export function errorPage(content: PageContent, requestFields: FieldList | undefined): Page {
  const accept = requestFields === undefined ? undefined : fieldValue(requestFields, 'accept')
  if (accept !== undefined && prefersHtml(accept)) {
    return { contentType: 'text/html; charset=utf-8', body: Buffer.from(htmlPage(content)) }
  }
  return { contentType: 'application/json', body: Buffer.from(jsonPage(content)) }
}

/** True when text/html is named before any JSON type: browsers name it first, programs name JSON or nothing. */
function prefersHtml(accept: string): boolean {
  const lower = accept.toLowerCase()
  const html = lower.indexOf('text/html')
  const json = lower.indexOf('application/json')
  return html >= 0 && (json < 0 || html < json)
}

function jsonPage({ status, ray, explanation, side }: PageContent): string {
  return `${JSON.stringify({ error: { status, title: reasonOf(status), explanation, side, ray } })}\n`
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character])
}

function htmlPage({ status, ray, explanation, side }: PageContent): string {
  const title = `${status} ${reasonOf(status)}`
  const sideLine = side === undefined ? '' : `<p>Where: <b>${side}</b></p>\n`
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:15vh auto;padding:0 1em}code{user-select:all}</style>
<h1>${title}</h1>
<p>${escapeHtml(explanation)}</p>
${sideLine}<p>Ray: <code>${escapeHtml(ray)}</code></p>
</html>
`
}
