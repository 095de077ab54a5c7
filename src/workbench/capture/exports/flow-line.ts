import { FLOW_READERS, type FlowFacts } from '#detect/captures'
import { FIELD_BY_NAME, type Reader } from '#fields'
import { formatIp, type IpAddress } from '#wire'
import type { ExportedAt } from './exported-flows.ts'

interface WrittenField {
  readonly name: string
  readonly read: Reader<FlowFacts>
  readonly isAddress: boolean
}

/** Single flags follow from all of them, and whoever reads the line derives them. */
const DERIVED = /^tcp\.flags\./

const WRITTEN: readonly WrittenField[] = Object.entries(FLOW_READERS.read)
  .filter(([name]) => !DERIVED.test(name))
  .map(([name, read]) => ({ name, read, isAddress: FIELD_BY_NAME.get(name)?.type === 'IP' }))

/** A flow as an event: its time, and its facts by their field names. */
export interface FlowLine {
  readonly time?: string
  readonly frame: number
  readonly facts: Readonly<Record<string, string | number | boolean>>
}

export function flowLine(flow: FlowFacts, { timeMicros, frame }: ExportedAt): FlowLine {
  const facts: Record<string, string | number | boolean> = {}
  for (const { name, read, isAddress } of WRITTEN) {
    const value = read(flow)
    if (value === undefined) continue
    facts[name] = isAddress ? formatIp(value as IpAddress) : (value as string | number | boolean)
  }
  return { ...(timeMicros !== undefined && { time: new Date(timeMicros / 1000).toISOString() }), frame, facts }
}
