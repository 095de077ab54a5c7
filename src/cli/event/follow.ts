import { setTimeout as sleep } from 'node:timers/promises'
import type { EventJson } from '#api'
import type { ApiClient } from '../client/api-client.ts'
import type { ExitCode } from '../exit-code.ts'
import { type EventQuery, fetchEvents } from './fetch-events.ts'

const POLL_MS = 1000
/** Events become visible up to some seconds after their time, and not in its order. */
const LATE_MS = 15_000

/** Shows events as they come, oldest first, until the process is ended. */
export async function followEvents(
  client: ApiClient,
  { since, ...query }: EventQuery,
  show: (event: EventJson) => void,
): Promise<ExitCode> {
  let seen = new Map<string, string>()
  let from = since
  for (;;) {
    const fresh = (await fetchEvents(client, { ...query, since: from })).filter((event) => !seen.has(event.ray))
    for (const event of fresh.toReversed()) {
      show(event)
      seen.set(event.ray, event.time)
    }
    const newest = [...seen.values()].reduce((latest, time) => (time > latest ? time : latest), '')
    if (newest !== '') {
      from = new Date(Date.parse(newest) - LATE_MS).toISOString()
      seen = new Map([...seen].filter(([, time]) => time >= from))
    }
    await sleep(POLL_MS)
  }
}
