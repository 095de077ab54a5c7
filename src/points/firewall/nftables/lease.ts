import { TidegateError } from '#kernel'
import { changeElements, type ElementChange, type NetlinkSocket, type NftFamily, type SetKeys } from '#net'
import { LEASE_SET, TABLE } from './layout.ts'

const INDEX_BYTES = 4

/** How long the rules stay in force without us, and how often that is renewed. */
const LEASE_MS = 5000
const RENEWAL_MS = 1000
/** Loading a large policy keeps us from renewing it. */
const LONG_LEASE_MS = 120_000

interface Leased {
  readonly families: readonly NftFamily[]
  readonly interfaces: SetKeys
}

/**
 * Tables of nftables outlive whoever made them, and a process that is killed cannot take its rules away. So the rules ask
 * whether the interface is in a set whose elements expire: packets pass soon after we are gone.
 */
export class Lease {
  readonly #socket: NetlinkSocket
  readonly #onLost: () => void
  #leased: Leased | undefined
  #timer: NodeJS.Timeout | undefined

  /** `onLost` is called when somebody took the tables away. */
  constructor(socket: NetlinkSocket, onLost: () => void) {
    this.#socket = socket
    this.#onLost = onLost
  }

  /** Puts the rules of tables in force on interfaces, and keeps them so. @throws TidegateError ERR_NFTABLES_FAILED */
  hold(families: readonly NftFamily[], interfaceIndexes: readonly number[]): void {
    this.end()
    const firsts = Buffer.alloc(INDEX_BYTES * interfaceIndexes.length)
    for (const [place, index] of interfaceIndexes.entries()) firsts.writeUInt32LE(index, place * INDEX_BYTES)
    this.#leased = { families, interfaces: { keyBytes: INDEX_BYTES, count: interfaceIndexes.length, firsts } }
    this.#renew(LEASE_MS)
    this.#timer = setInterval(() => this.#renewAgain(), RENEWAL_MS)
  }

  /** Something that takes long is about to be done. */
  extend(): void {
    if (this.#leased !== undefined) this.#renew(LONG_LEASE_MS)
  }

  /** Ends what `extend` began. */
  resume(): void {
    if (this.#leased !== undefined) this.#renew(LEASE_MS)
  }

  /** Renews it no more. */
  end(): void {
    clearInterval(this.#timer)
    this.#leased = undefined
  }

  #renewAgain(): void {
    try {
      this.#renew(LEASE_MS)
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error
      this.end()
      this.#onLost()
    }
  }

  #renew(timeoutMs: number): void {
    const added = this.#changes('add', timeoutMs)
    try {
      // The time of an element that is there cannot be changed.
      changeElements(this.#socket, [...this.#changes('remove'), ...added])
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error
      for (const change of this.#changes('remove')) this.#removeIfThere(change)
      changeElements(this.#socket, added)
    }
  }

  /** Of several elements some may have expired. */
  #removeIfThere(change: ElementChange): void {
    const { keyBytes, count, firsts } = change.keys
    for (let index = 0; index < count; index++) {
      const one = { keyBytes, count: 1, firsts: firsts.subarray(index * keyBytes, (index + 1) * keyBytes) }
      try {
        changeElements(this.#socket, [{ ...change, keys: one }])
      } catch (error) {
        if (!(error instanceof TidegateError)) throw error
      }
    }
  }

  #changes(kind: ElementChange['kind'], timeoutMs?: number): ElementChange[] {
    const { families, interfaces: keys } = this.#leased ?? { families: [], interfaces: NONE }
    return families.map((family) => {
      const set = { family, table: TABLE, name: LEASE_SET }
      return timeoutMs === undefined ? { set, kind, keys } : { set, kind, keys, timeoutMs }
    })
  }
}

const NONE: SetKeys = { keyBytes: INDEX_BYTES, count: 0, firsts: Buffer.alloc(0) }
