import type { EventJson } from '#api'
import { TidegateError } from '#kernel'
import type { JudgedRequest } from '#workbench'
import type { ApiClient } from '../client/api-client.ts'
import { fetchEvents } from '../event/fetch-events.ts'
import { judgedRequest } from './judged-event.ts'

/** Most logged requests that are looked at. */
export const LOG_LIMIT = 20_000

/** A request of the log that the WAF blocks, or would. @throws TidegateError ERR_NOT_FOUND when it does not, or is not there */
export async function blockedRequest(client: ApiClient, ray: string): Promise<JudgedRequest> {
  const event = await client.get<EventJson>(`/api/v1/events/${encodeURIComponent(ray)}`)
  if (event.facts['waf.verdict'] === 'block') return judgedRequest(event)
  const { verdict, ruleId, why } = event.decision
  const other = verdict === 'block' ? `; the policy blocked it: ${ruleId ?? ''} ${why}` : ''
  throw new TidegateError('ERR_NOT_FOUND', `${ray} needs no exception: the WAF lets it pass${other}`, {
    source: 'client',
    remedy: `See \`tidegate event explain ${ray}\`.`,
  })
}

/**
 * Requests of the log that the WAF blocks, or would, and in which a rule matched that matched in the given ones: of the same
 * hosts, which every proposal names where they are known.
 */
export async function loggedRequests(
  client: ApiClient,
  given: readonly JudgedRequest[],
  since: string,
): Promise<readonly JudgedRequest[]> {
  const ids = given.flatMap(({ matches }) => matches.map(({ ruleId }) => ruleId))
  const hosts = given.map(({ host }) => host)
  const filter = [
    'waf.verdict == "block"',
    `any(waf.rule_ids[*] in ${setOf(ids)})`,
    ...(hosts.every((host) => host !== undefined) ? [`http.host in ${setOf(hosts)}`] : []),
  ].join(' and ')
  return (await fetchEvents(client, { filter, since, limit: LOG_LIMIT })).map(judgedRequest)
}

/** Hosts, names and numbers, as a set of the rules language. */
function setOf(words: readonly string[]): string {
  return `{${[...new Set(words)].map((word) => JSON.stringify(word)).join(' ')}}`
}
