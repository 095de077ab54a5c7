import type { FlowRecord } from '#detect'
import { type IpAddress, PROTOCOL } from '#wire'
import type { ProbeFacts } from '../../findings/evidence.ts'
import type { Allowance } from './allowance.ts'

const PLACES_COUNTED = 65_536
const FRAMES_KEPT = 12
const NONE: readonly never[] = Object.freeze([])

interface ProbeEnds {
  readonly by: 'ports' | 'hosts'
  readonly protocol: number
  readonly source: IpAddress
  readonly target: IpAddress | undefined
  readonly port: number | undefined
}

/** Counters of what one host tried: ports of one target, or one port of many. */
export class Probe implements ProbeFacts {
  readonly by: 'ports' | 'hosts'
  readonly protocol: number
  readonly source: IpAddress
  readonly target: IpAddress | undefined
  readonly port: number | undefined
  failed = 0
  stealthy = 0
  firstNs = Infinity
  lastNs = -Infinity
  /** Grows by one: a list that is pushed to has room for many at once, and most hosts try one place. */
  frames: readonly number[] = NONE
  /** Most hosts try one place only: a set of its own for each would be too much. */
  #only: IpAddress | undefined = undefined
  #places: Set<IpAddress> | undefined = undefined

  readonly #room: Allowance

  /** `room` is for different places, shared by all probes. */
  constructor({ by, protocol, source, target, port }: ProbeEnds, room: Allowance) {
    this.#room = room
    this.by = by
    this.protocol = protocol
    this.source = source
    this.target = target
    this.port = port
  }

  /** A flow to a place: a port, or an address. The same place again counts once. */
  add(flow: FlowRecord, place: IpAddress): void {
    this.firstNs = Math.min(this.firstNs, flow.first.timeNs)
    this.lastNs = Math.max(this.lastNs, flow.last.timeNs)
    if (!this.#isNew(place)) return
    if (this.frames.length < FRAMES_KEPT) this.frames = [...this.frames, flow.first.frame]
    if (hasFailed(flow)) this.failed++
    if (isStealthy(flow)) this.stealthy++
  }

  #isNew(place: IpAddress): boolean {
    if (this.#only === undefined) {
      this.#only = place
      return true
    }
    if (place === this.#only) return false
    this.#places ??= new Set()
    if (this.#places.has(place) || this.#places.size >= PLACES_COUNTED || !this.#room.take()) return false
    this.#places.add(place)
    return true
  }

  /** How many entries it took of the room that all share. */
  get entries(): number {
    return this.#places?.size ?? 0
  }

  get tried(): number {
    return this.#only === undefined ? 0 : 1 + (this.#places?.size ?? 0)
  }
}

function hasFailed({ ends, sides: [client, server], handshake, close }: FlowRecord): boolean {
  if (ends.protocol !== PROTOCOL.tcp) return server.packets === 0
  return (
    handshake.synAck === undefined ||
    close === 'refused' ||
    (server.payloadBytes === 0 && client.payloadBytes === 0 && close === 'reset')
  )
}

/** Segments without SYN that open nothing. */
function isStealthy({ ends, sides: [client, server] }: FlowRecord): boolean {
  return (
    ends.protocol === PROTOCOL.tcp &&
    client.syn === undefined &&
    server.syn === undefined &&
    client.packets <= 3 &&
    client.payloadBytes === 0
  )
}
