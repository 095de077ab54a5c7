import { FAMILY_NUMBERS, NFTABLES, type NftFamily } from './family.ts'
import { FLAG, NetlinkWriter } from '../netlink/message.ts'
import type { NetlinkSocket } from '../netlink/socket.ts'

/** A set in a table. */
export interface NftSet {
  readonly family: NftFamily
  readonly table: string
  readonly name: string
}

/** Keys in ascending order, one behind the other in network order; of intervals the first and the last ones. */
export interface SetKeys {
  readonly keyBytes: number
  readonly count: number
  readonly firsts: Buffer
  /** Absent for sets of single keys. */
  readonly lasts?: Buffer
}

/** What becomes of keys: added with a time to live, where the set has one, or taken out. */
export interface ElementChange {
  readonly set: NftSet
  readonly kind: 'add' | 'remove'
  readonly keys: SetKeys
  readonly timeoutMs?: number
}

const BATCH_BEGIN = 0x10
const BATCH_END = 0x11
const SUBSYSTEM = NFTABLES >> 8
const MESSAGES = { add: NFTABLES | 12, remove: NFTABLES | 14 } as const

/** Attributes of linux/netfilter/nf_tables.h. */
const LIST = { table: 1, set: 2, elements: 3 } as const
const ELEMENT = { entry: 1, key: 1, flags: 3, timeout: 4 } as const
const VALUE = 1
const INTERVAL_END = 1

/** The length of an attribute is a number of 16 bits. */
const ATTRIBUTE_BYTES_MOST = 0xff00
/** Of a filling, so that one transaction stays within what a socket sends at once. */
const FILL_BYTES = 4 << 20

/** Changes the elements of sets: all of it at once, or nothing. @throws TidegateError ERR_NFTABLES_FAILED */
export function changeElements(socket: NetlinkSocket, changes: readonly ElementChange[]): void {
  const writer = new ElementWriter(socket)
  for (const change of changes) writer.write(change, Number.POSITIVE_INFINITY)
  writer.send()
}

/** Fills a set that no rule uses yet, in as many transactions as it takes. @throws TidegateError ERR_NFTABLES_FAILED */
export function fillSet(socket: NetlinkSocket, set: NftSet, keys: SetKeys): void {
  const writer = new ElementWriter(socket)
  writer.write({ set, kind: 'add', keys }, FILL_BYTES)
  writer.send()
}

class ElementWriter {
  readonly #socket: NetlinkSocket
  readonly #writer = new NetlinkWriter()
  #isEmpty = true

  constructor(socket: NetlinkSocket) {
    this.#socket = socket
  }

  /** Sends what there is when it becomes more than `bytesMost`. */
  write({ set, kind, keys, timeoutMs }: ElementChange, bytesMost: number): void {
    const writer = this.#writer
    for (let index = 0; index < keys.count;) {
      if (this.#isEmpty) writer.begin(BATCH_BEGIN, FLAG.request, this.#socket.sequence, 0, SUBSYSTEM).end()
      this.#isEmpty = false
      const flags = FLAG.request | (kind === 'add' ? FLAG.create : 0)
      writer.begin(MESSAGES[kind], flags, this.#socket.sequence, FAMILY_NUMBERS[set.family])
      writer.text(LIST.table, set.table).text(LIST.set, set.name).open(LIST.elements)
      while (index < keys.count && writer.openBytes < ATTRIBUTE_BYTES_MOST) this.#element(keys, index++, timeoutMs)
      writer.close().end()
      if (writer.length >= bytesMost) this.send()
    }
  }

  /** The answer comes for the last message that changes something. */
  send(): void {
    if (this.#isEmpty) return
    const writer = this.#writer
    writer.addFlags(FLAG.acknowledge)
    writer.begin(BATCH_END, FLAG.request, this.#socket.sequence, 0, SUBSYSTEM).end()
    try {
      this.#socket.ask('nftables does not take these elements', writer.bytes)
    } finally {
      writer.clear()
      this.#isEmpty = true
    }
  }

  #element({ keyBytes, firsts, lasts }: SetKeys, index: number, timeoutMs: number | undefined): void {
    const writer = this.#writer
    writer.open(ELEMENT.entry)
    writer
      .open(ELEMENT.key)
      .value(VALUE, firsts, index * keyBytes, keyBytes)
      .close()
    if (timeoutMs !== undefined) writer.number64(ELEMENT.timeout, BigInt(timeoutMs))
    writer.close()
    if (lasts === undefined) return
    const end = keyAfter(lasts, index * keyBytes, keyBytes)
    // An interval up to the last key of all is open.
    if (end === undefined) return
    writer.open(ELEMENT.entry)
    writer.open(ELEMENT.key).value(VALUE, end, 0, keyBytes).close()
    writer.number32(ELEMENT.flags, INTERVAL_END).close()
  }
}

const AFTER = Buffer.alloc(64)

/** The key that follows; undefined behind the last of all. */
function keyAfter(keys: Buffer, from: number, keyBytes: number): Buffer | undefined {
  keys.copy(AFTER, 0, from, from + keyBytes)
  for (let at = keyBytes - 1; at >= 0; at--) {
    if (AFTER[at] !== 0xff) {
      AFTER[at]++
      return AFTER
    }
    AFTER[at] = 0
  }
  return undefined
}
