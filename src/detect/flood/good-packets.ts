import { type Packet, PROTOCOL } from '#wire'
import { type IsUnderAttack, volumeKey } from './baseline-table.ts'
import { joinRows, type RowSet, selectRows } from './row-set.ts'
import { COLUMNS, readRow } from './columns.ts'
import type { Collateral, GoodPacketsMemory } from './contract.ts'
import { type Destination, isIpv4 } from './destination.ts'
import { FLOOD_CLASSES, type FloodClass } from './flood-class.ts'
import { generalPackets } from './general-packets.ts'
import { RandomNumbers } from './random.ts'
import { rarePauseMs, Reservoir } from './reservoir.ts'

const WIDTH = COLUMNS.length
const IPV4_ONLY = COLUMNS.findIndex(({ name }) => name === 'ip.hdr_len')
/** Reservoirs that are kept: full ones take 23 MiB together. */
const RESERVOIRS_MOST = 64
/** One that was of use so lately is not given up for another. */
const KEPT_MS = 60_000
/** A packet counts as good when no attack was found for so long after it. */
const PROBATION_MS = 2000
const PROBATION_MOST = 4096
/** Fewer rows than this say little: those of other destinations are asked as well. */
const ENOUGH_ROWS = 100
/** Kinds that are told apart: services have low ports, whichever end they are. */
const KINDS_MOST = 32
const SERVICE_PORT_MOST = 2047
/** Addresses whose reservoirs are remembered; all are looked up again now and then, as some come and go. */
const LANES_MOST = 8192
const LANES_LIFE_MS = 5000

/** Good packets that signatures are tried on. */
export interface GoodRows extends RowSet {
  readonly source: Collateral['source']
}

/** The reservoirs that packets of one class to one address are for. */
interface Lane {
  readonly host: Destination
  readonly reservoirs: readonly Reservoir[]
  nextMs: number
  /** Kinds of packets, and when another of them is wanted. */
  readonly kinds: Map<number, { rows: number; nextMs: number }>
}

interface Probationer {
  readonly timeMs: number
  readonly lane: Lane
  /** Those that drew it from all packets. */
  readonly reservoirs: readonly Reservoir[]
  /** The kind that it is kept for, too. */
  readonly rareKind: number | undefined
  readonly row: Float64Array
}

/** True when so much is known of a destination that its packets are worth keeping. */
type IsKnown = (kind: FloodClass, destination: Destination) => boolean

/** Keeps examples of good packets: for each class of each destination that matters, and of all destinations together. */
export class GoodPackets {
  readonly #random = new RandomNumbers(1)
  readonly #reservoirs = new Map<string, Reservoir>()
  readonly #everywhere: ReadonlyMap<FloodClass, Reservoir>
  readonly #general = new Map<string, RowSet>()
  readonly #lanes = new Map<number, Lane>()
  readonly #isKnown: IsKnown
  #lanesSinceMs = 0
  #probation: Probationer[] = []

  constructor(isKnown: IsKnown, memory: readonly GoodPacketsMemory[] = []) {
    this.#isKnown = isKnown
    const everywhere = new Map(FLOOD_CLASSES.map((kind) => [kind, new Reservoir(kind, undefined)]))
    for (const entry of memory) {
      const reservoir = Reservoir.fromMemory(entry, this.#random)
      if (reservoir === undefined) continue
      if (reservoir.destination === undefined) everywhere.set(reservoir.class, reservoir)
      else if (this.#reservoirs.size < RESERVOIRS_MOST) {
        this.#reservoirs.set(volumeKey(reservoir.class, reservoir.destination), reservoir)
      }
    }
    this.#everywhere = everywhere
  }

  /**
   * Offers a packet that passed. `destinations` are its address, network and wide prefix: they are copied when they are kept.
   */
  offer(packet: Packet, kind: FloodClass, destinations: readonly Destination[], timeMs: number): void {
    const lane = this.#laneOf(kind, destinations, timeMs)
    const rareKind = this.#wantedKind(lane, packet, timeMs)
    if ((timeMs < lane.nextMs && rareKind === undefined) || this.#probation.length >= PROBATION_MOST) return
    const chosen = lane.reservoirs.filter((reservoir) => reservoir.nextMs <= timeMs)
    for (const reservoir of chosen) reservoir.choose(timeMs, this.#random)
    lane.nextMs = Math.min(...lane.reservoirs.map(({ nextMs }) => nextMs))
    const row = new Float64Array(WIDTH)
    readRow(packet, row, 0)
    this.#probation.push({ timeMs, lane, reservoirs: chosen, rareKind, row })
  }

  /** The kind of a packet, when another of it is wanted. */
  #wantedKind({ kinds }: Lane, packet: Packet, timeMs: number): number | undefined {
    const kind = kindOf(packet)
    const known = kinds.get(kind)
    if (known === undefined) {
      if (kinds.size < KINDS_MOST) kinds.set(kind, { rows: 1, nextMs: timeMs + rarePauseMs(1) })
      return kinds.size < KINDS_MOST ? kind : undefined
    }
    if (timeMs < known.nextMs) return undefined
    known.rows++
    known.nextMs = timeMs + rarePauseMs(known.rows)
    return kind
  }

  /** Keeps what has proved to be good. */
  settle(nowMs: number, isUnderAttack: IsUnderAttack): void {
    let settled = 0
    for (const { timeMs, lane, reservoirs, rareKind, row } of this.#probation) {
      if (nowMs - timeMs < PROBATION_MS) break
      settled++
      if (isUnderAttack(lane.reservoirs[0].class, lane.host)) continue
      for (const reservoir of reservoirs) reservoir.take(row, this.#random)
      if (rareKind !== undefined) for (const reservoir of lane.reservoirs) reservoir.takeRare(rareKind, row)
    }
    if (settled > 0) this.#probation = this.#probation.slice(settled)
  }

  /**
   * Good packets of a class to a destination. Where too few were seen there, those to others fill up, then what is usual in
   * general; `isSilenceKnown` says that none were seen because there are none.
   */
  rowsFor(kind: FloodClass, destination: Destination, isSilenceKnown: boolean): GoodRows {
    const known = this.#reservoirs.get(volumeKey(kind, destination)) ?? new Reservoir(kind, destination)
    const isSilent = known.size === 0 && isSilenceKnown
    const own = known.toRows()
    if (known.size >= ENOUGH_ROWS || isSilent) return { ...own, source: 'destination' }
    const isVersion4 = isIpv4(destination)
    const others = ofVersion((this.#everywhere.get(kind) as Reservoir).toRows(), isVersion4)
    if (others.size >= ENOUGH_ROWS) return { ...joinRows(own, others), source: 'everywhere' }
    return { ...joinRows(joinRows(own, others), this.#generalOf(kind, isVersion4)), source: 'general' }
  }

  /** How many good packets of all classes to a destination are known. */
  countFor(destination: Destination): number {
    return FLOOD_CLASSES.reduce((sum, kind) => sum + (this.#reservoirs.get(volumeKey(kind, destination))?.size ?? 0), 0)
  }

  toMemory(): readonly GoodPacketsMemory[] {
    return [...this.#everywhere.values(), ...this.#reservoirs.values()]
      .filter(({ size }) => size > 0)
      .map((reservoir) => reservoir.toMemory())
  }

  #generalOf(kind: FloodClass, isVersion4: boolean): RowSet {
    const key = `${kind} ${isVersion4}`
    const known = this.#general.get(key) ?? generalPackets(kind, isVersion4)
    this.#general.set(key, known)
    return known
  }

  #laneOf(kind: FloodClass, destinations: readonly Destination[], timeMs: number): Lane {
    if (timeMs - this.#lanesSinceMs > LANES_LIFE_MS || this.#lanes.size >= LANES_MOST) {
      this.#lanes.clear()
      this.#lanesSinceMs = timeMs
    }
    const [host] = destinations
    const key = hashOf(kind, host)
    const known = this.#lanes.get(key)
    if (known !== undefined && known.host.words.every((word, index) => word === host.words[index])) return known
    const own = { words: host.words.slice(), bits: host.bits }
    const reservoirs = destinations.map((destination) => this.#reservoirOf(kind, destination, timeMs))
    const lane = {
      host: own,
      reservoirs: [...reservoirs.filter((each) => each !== undefined), this.#everywhere.get(kind) as Reservoir],
      nextMs: 0,
      kinds: new Map(),
    }
    this.#lanes.set(key, lane)
    return lane
  }

  #reservoirOf(kind: FloodClass, destination: Destination, timeMs: number): Reservoir | undefined {
    const key = volumeKey(kind, destination)
    const known = this.#reservoirs.get(key)
    if (known !== undefined || !this.#isKnown(kind, destination)) return known
    const reservoir = new Reservoir(kind, { words: destination.words.slice(), bits: destination.bits })
    reservoir.usedAtMs = timeMs
    if (this.#reservoirs.size >= RESERVOIRS_MOST && !this.#forgetOldest(timeMs - KEPT_MS)) return undefined
    this.#reservoirs.set(key, reservoir)
    return reservoir
  }

  /** Makes room by giving up what was not of use since `beforeMs`; false when there is nothing like that. */
  #forgetOldest(beforeMs: number): boolean {
    let oldest: string | undefined
    let oldestMs = beforeMs
    for (const [key, { usedAtMs }] of this.#reservoirs) {
      if (usedAtMs >= oldestMs) continue
      oldest = key
      oldestMs = usedAtMs
    }
    return oldest !== undefined && this.#reservoirs.delete(oldest)
  }
}

/** Rows of packets of one version of IP: what only the other has would tell them from any attack. */
function ofVersion(all: RowSet, isVersion4: boolean): RowSet {
  return selectRows(all, (row) => all.rows[row * WIDTH + IPV4_ONLY] >= 0 === isVersion4)
}

/** What packets of one class differ by in their purpose: the service, the flags of a segment, the type of a message. */
function kindOf({ sourcePort, destinationPort, tcpFlags, protocol, transport, transportStart, bytes }: Packet): number {
  const port = Math.min(sourcePort, destinationPort)
  const isIcmp = transport === PROTOCOL.icmp || transport === PROTOCOL.icmpv6
  const detail = isIcmp ? bytes[transportStart] : Math.max(0, tcpFlags)
  const isAsking = port === destinationPort ? 1 : 0
  return (
    ((port >= 0 && port <= SERVICE_PORT_MOST ? port * 2 + isAsking : 0) * 0x1000 + detail) * 0x100 +
    Math.max(0, protocol)
  )
}

function hashOf(kind: FloodClass, { words }: Destination): number {
  let hash = FLOOD_CLASSES.indexOf(kind)
  for (const word of words) hash = Math.imul(hash ^ word, 0x9e37_79b1) ^ (hash >>> 13)
  return hash
}
