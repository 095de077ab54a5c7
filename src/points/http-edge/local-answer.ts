import type { Effect } from '#act'
import type { FieldList } from '#wire'
import { errorPage, type PageContent } from './error-page.ts'
import type { ExchangeFacts } from './facts.ts'

/** An answer that the edge gives by itself. */
export interface LocalAnswer {
  readonly status: number
  readonly fields: FieldList
  readonly body: Buffer
  /** Nothing may follow on this connection. */
  readonly close: boolean
}

/** An answer with an error page that fits the client. */
export function pageAnswer(facts: ExchangeFacts, content: Omit<PageContent, 'ray'>, close: boolean): LocalAnswer {
  const page = errorPage({ ...content, ray: facts.ray }, facts.head?.fields)
  const fields = ['Content-Type', page.contentType, 'Cache-Control', 'no-store']
  return { status: content.status, fields, body: page.body, close }
}

/** The answer of a terminating rule, and why it is not the one that the rule asks for when that could not be computed. */
export interface RuleAnswer {
  readonly answer: LocalAnswer
  readonly failure: string | undefined
}

/** What a terminating rule answers; undefined when it lets the request pass. */
export function ruleAnswer(effect: Effect<ExchangeFacts>, facts: ExchangeFacts): RuleAnswer | undefined {
  if (effect.type === 'block') return { answer: blockAnswer(effect.status, effect.body, facts), failure: undefined }
  if (effect.type !== 'redirect') return undefined
  const result = effect.locate(facts, facts.query)
  if (result.ok) {
    const fields = ['Location', result.location]
    return { answer: { status: effect.status, fields, body: Buffer.alloc(0), close: false }, failure: undefined }
  }
  const explanation = 'A rule of this site could not compute where to send the request.'
  return { answer: pageAnswer(facts, { status: 500, explanation, side: 'edge' }, false), failure: result.why }
}

function blockAnswer(
  status: number,
  body: { readonly contentType: string; readonly text: string } | undefined,
  facts: ExchangeFacts,
): LocalAnswer {
  if (body !== undefined) {
    return { status, fields: ['Content-Type', body.contentType], body: Buffer.from(body.text, 'latin1'), close: false }
  }
  const explanation = 'The policy of this site blocked the request.'
  return pageAnswer(facts, { status, explanation, side: undefined }, false)
}
