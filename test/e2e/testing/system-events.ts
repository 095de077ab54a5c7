import type { TidegateProcess } from './tidegate-process.ts'

/** What happened to Tidegate itself, newest first. */
export interface SystemEventJson {
  readonly ray: string
  readonly time: string
  readonly level: string
  readonly code: string
  readonly message: string
}

/** The system events of the last hour; an empty list when the store cannot answer. */
export async function systemEvents(tidegate: TidegateProcess): Promise<readonly SystemEventJson[]> {
  const answer = await tidegate.api('/api/v1/system-events?since=1h&limit=1000')
  if (!answer.ok) return []
  return ((await answer.json()) as { events: readonly SystemEventJson[] }).events
}

/** The value of a metric without labels. */
export async function metric(tidegate: TidegateProcess, name: string): Promise<number> {
  const text = await (await tidegate.api('/metrics')).text()
  const [, value] = new RegExp(`^${name} (\\S+)$`, 'm').exec(text) ?? []
  return Number(value)
}
