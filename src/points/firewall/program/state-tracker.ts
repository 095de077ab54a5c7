import type { Packet } from '#wire'
import { type ConnectionState, expiryOf, FLAG, segmentKind, STATE, tickOf, transitionOf } from './state-machine.ts'

interface Connection {
  readonly state: ConnectionState
  readonly expires: number
}

/** What a packet would make of its connection if it passed. */
interface Pending extends Connection {
  readonly key: string
}

/** As many as the kernel remembers at most; then the one that was seen first makes room. */
const CONNECTIONS_MOST = 1 << 20

/**
 * Remembers TCP connections by the packets of one direction, as programs of the kernel do: first `look` at a packet, then
 * `keep` what it did when it passes. What is thrown away changes nothing.
 */
export class ConnectionTracker {
  /** For the packet that was looked at last; undefined when it is no TCP segment. */
  isOutOfState: boolean | undefined
  /** Those that were only asked for stand apart: a flood of them must not make the others forgotten. */
  readonly #asked = new Map<string, Connection>()
  readonly #open = new Map<string, Connection>()
  readonly #learningUntil: number
  #pending: Pending | undefined

  /** For connections that began before: up to which tick whatever acknowledges something is taken for a part of one. */
  constructor(learningUntil: number = 0) {
    this.#learningUntil = learningUntil
  }

  look(packet: Packet): void {
    this.#pending = undefined
    this.isOutOfState = undefined
    const { tcpFlags } = packet
    if (tcpFlags < 0) return
    const tick = tickOf(packet.seconds, packet.nanoseconds)
    const key = keyOf(packet)
    const before = this.#open.get(key) ?? this.#asked.get(key)
    const kind = segmentKind(tcpFlags)
    let state = before === undefined || before.expires < tick ? STATE.closed : before.state
    const isLearning = tick < this.#learningUntil && kind !== 'opening' && (tcpFlags & FLAG.ack) !== 0
    if (isLearning && state === STATE.closed) state = STATE.open
    const { next, isOut } = transitionOf(kind, state)
    this.isOutOfState = isOut
    if (next === STATE.closed && state === STATE.closed) return
    this.#pending = { key, state: next, expires: expiryOf(next, tick) }
  }

  /** The packet that was looked at passes. */
  keep(): void {
    if (this.#pending === undefined) return
    const { key, state, expires } = this.#pending
    const connection = { state, expires }
    if (this.#open.has(key)) this.#open.set(key, connection)
    else if (state === STATE.open || state === STATE.closing) {
      insert(this.#open, key, connection)
      this.#asked.delete(key)
    } else if (state === STATE.new || this.#asked.has(key)) insert(this.#asked, key, connection)
  }
}

function insert(into: Map<string, Connection>, key: string, connection: Connection): void {
  into.set(key, connection)
  if (into.size <= CONNECTIONS_MOST) return
  for (const oldest of into.keys()) {
    into.delete(oldest)
    return
  }
}

function keyOf({ ipVersion, addresses, sourcePort, destinationPort }: Packet): string {
  return `${ipVersion} ${addresses.join(' ')} ${sourcePort} ${destinationPort}`
}
