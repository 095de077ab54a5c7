import type { EventJson } from '#api'
import type { ApiClient } from '../client/api-client.ts'

const PAGE = 1000

export interface EventQuery {
  readonly filter: string | undefined
  /** Only events of this kind. */
  readonly kind?: string | undefined
  readonly since: string
  readonly until?: string | undefined
  /** Most events to fetch; all that match without it. */
  readonly limit?: number
}

/** Events that match, newest first, page by page. */
export async function fetchEvents(
  client: ApiClient,
  { filter, kind, since, until, limit = Infinity }: EventQuery,
): Promise<readonly EventJson[]> {
  const events: EventJson[] = []
  let cursor: string | undefined
  do {
    const query = { filter, kind, since, until, limit: Math.min(PAGE, limit - events.length), cursor }
    const page = await client.get<EventPage>('/api/v1/events', query)
    events.push(...page.events)
    cursor = page.cursor
  } while (cursor !== undefined && events.length < limit)
  return events
}

interface EventPage {
  readonly events: readonly EventJson[]
  readonly cursor?: string
}
