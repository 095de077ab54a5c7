import type { FlowEnds, FlowRecord } from '#detect'
import { formatIp, type IpAddress, PROTOCOL } from '#wire'

export const MILLISECOND = 1_000_000
export const SECOND = 1_000_000_000

/** In milliseconds with three digits behind the point, which is what clocks of captures are good for. */
export function milliseconds(ns: number): number {
  return Math.round(ns / 1000) / 1000
}

/** A duration for people: two or three digits that count. */
export function duration(ns: number): string {
  if (ns >= 100 * SECOND) return `${Math.round(ns / SECOND)} s`
  if (ns >= SECOND) return `${(ns / SECOND).toPrecision(2)} s`
  if (ns >= 10 * MILLISECOND) return `${Math.round(ns / MILLISECOND)} ms`
  return `${(ns / MILLISECOND).toPrecision(2)} ms`
}

/** An address with its port; IPv6 in brackets. */
export function endpoint(address: IpAddress, port: number): string {
  const text = formatIp(address)
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`
}

export function serverOf({ server, serverPort }: FlowEnds): string {
  return endpoint(server, serverPort)
}

/** A flow in words: who asked whom. */
export function flowText({ client, clientPort, server, serverPort, protocol }: FlowEnds): string {
  const name = PROTOCOL_NAMES.get(protocol) ?? `protocol ${protocol}`
  const [from, to] = HAS_PORTS.has(protocol)
    ? [endpoint(client, clientPort), endpoint(server, serverPort)]
    : [formatIp(client), formatIp(server)]
  return `${name} ${from} > ${to}`
}

const HAS_PORTS = new Set<number>([PROTOCOL.tcp, PROTOCOL.udp])

export const PROTOCOL_NAMES: ReadonlyMap<number, string> = new Map([
  [PROTOCOL.tcp, 'TCP'],
  [PROTOCOL.udp, 'UDP'],
  [PROTOCOL.icmp, 'ICMP'],
  [PROTOCOL.icmpv6, 'ICMPv6'],
])

/** "1 connection", "3 connections". */
export function counted(count: number, noun: string, plural: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`
}

/** A share as a percentage with as many digits as say something. */
export function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (part / whole) * 100
  return `${share >= 9.5 ? Math.round(share) : share.toPrecision(1)} %`
}

export function isTcp({ ends }: FlowRecord): boolean {
  return ends.protocol === PROTOCOL.tcp
}

/** Time of a whole round trip of the flow as its handshake showed it, or else its segments; undefined when nobody knows. */
export function roundTripNs({ handshake, sides }: FlowRecord): number | undefined {
  const { serverSideNs, clientSideNs } = handshake
  if (serverSideNs !== undefined) return serverSideNs + (clientSideNs ?? 0)
  const parts = sides.filter(({ roundTrips }) => roundTrips.count > 0).map(({ roundTrips }) => roundTrips.minNs)
  return parts.length === 0 ? undefined : parts.reduce((sum, part) => sum + part, 0)
}

/** True when packets of both sides are in the capture. */
export function isTwoSided({ sides }: FlowRecord): boolean {
  return sides[0].packets > 0 && sides[1].packets > 0
}

/** The handshake was seen, or the capture began in the middle of a connection on which both sides go on. */
export function isConnected({ handshake, sides: [client, server] }: FlowRecord): boolean {
  if (handshake.synAck !== undefined) return true
  const isBegunBefore = client.synCount + server.synCount === 0 && Math.min(client.packets, server.packets) > 1
  return isBegunBefore && client.payloadBytes + server.payloadBytes > 0
}

/** The middle one of some numbers; undefined without any. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1]
}

/** Values in groups by a key, in order of first sight. */
export function groupBy<Value>(values: Iterable<Value>, keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>()
  for (const value of values) {
    const key = keyOf(value)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [value])
    else group.push(value)
  }
  return groups
}

/** How many values there are of each key. */
export function countBy<Value>(values: Iterable<Value>, keyOf: (value: Value) => string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) {
    const key = keyOf(value)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

/** The numbers of flows, for a finding's scope. */
export function flowIds(flows: Iterable<{ readonly ends: FlowEnds }>): Set<number> {
  const ids = new Set<number>()
  for (const { ends } of flows) ids.add(ends.id)
  return ids
}

/** Frames in their order, each once; things that were not seen are left out. */
export function framesOf(...parts: readonly ({ readonly frame: number } | number | undefined)[]): number[] {
  const frames = new Set<number>()
  for (const part of parts) {
    if (part !== undefined) frames.add(typeof part === 'number' ? part : part.frame)
  }
  return [...frames].sort((a, b) => a - b)
}
