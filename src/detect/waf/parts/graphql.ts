import { mediaType } from '#wire'
import type { RequestParts } from './request-parts.ts'
import { type GraphqlDocument, parseGraphql } from '../body/graphql.ts'

const BODY_TYPES: readonly string[] = ['application/graphql', 'application/graphql+json']
const BATCHED_QUERY = /^json\.[0-9]+\.query$/
/** A document begins with an operation, a fragment, a comment or a selection. */
const DOCUMENT = /^[\s,\xef\xbb\xbf]*(?:#|\{|(?:query|mutation|subscription|fragment)\b)/

/** The GraphQL document in the URL of a request, as servers take it (GraphQL over HTTP): its argument `query`. */
export function graphqlOfQuery(parts: RequestParts): GraphqlDocument | undefined {
  return parse(parts, documentOf(parts.queryPairs, isQuery))
}

/**
 * The GraphQL document in a body: a body of type application/graphql, or the `query` of a JSON object or of a form. Those of a
 * batch count as one. Undefined when there is none.
 */
export function graphqlOfBody(parts: RequestParts): GraphqlDocument | undefined {
  if (parts.bodyBytes.length === 0) return undefined
  const { body } = parts
  if (body.processor === 'JSON') return parse(parts, documentOf(body.pairs, isJsonQuery))
  const isDocument = BODY_TYPES.includes(mediaType(parts.contentType) ?? '')
  return parse(parts, isDocument ? parts.bodyText : documentOf(body.pairs, isQuery))
}

function parse(parts: RequestParts, text: string | undefined): GraphqlDocument | undefined {
  return text === undefined ? undefined : parseGraphql(text, parts.limits)
}

function isQuery(name: string): boolean {
  return name === 'query'
}

function isJsonQuery(name: string): boolean {
  return name === 'json.query' || (name.endsWith('.query') && BATCHED_QUERY.test(name))
}

function documentOf(pairs: readonly string[], isDocumentName: (name: string) => boolean): string | undefined {
  let document: string | undefined = undefined
  for (let at = 0; at < pairs.length; at += 2) {
    const value = pairs[at + 1]
    if (!value.includes('{') || !isDocumentName(pairs[at]) || !DOCUMENT.test(value)) continue
    document = document === undefined ? value : `${document}\n${value}`
  }
  return document
}
