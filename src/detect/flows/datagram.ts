import type { IpAddress } from '#wire'

/** One fragment of a datagram: where its bytes belong, and a copy of them. */
export interface Fragment {
  readonly offsetBytes: number
  readonly bytes: Buffer
  readonly frame: number
}

/** Fragments of one datagram that are kept; no honest sender makes more (65,535 bytes over the smallest IPv4 MTU). */
const FRAGMENT_LIMIT = 128
const DATAGRAM_BYTES = 65_535

export type FragmentProblem = 'overlap' | 'overlap-conflict' | 'oversized' | 'too-many'

/** Whose datagram it is. */
export interface DatagramEnds {
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly protocol: number
}

/** Fragments of one datagram on their way to be whole. Where two have the same place, the first one counts. */
export class Datagram {
  readonly ends: DatagramEnds
  /** The IP header of the first fragment, as the whole datagram has it. */
  header: Buffer | undefined = undefined
  readonly #fragments: Fragment[] = []
  #totalBytes = -1
  keptBytes = 0
  problem: FragmentProblem | undefined = undefined
  readonly firstTimeNs: number

  constructor(ends: DatagramEnds, firstTimeNs: number) {
    this.ends = ends
    this.firstTimeNs = firstTimeNs
  }

  get frames(): number[] {
    return this.#fragments.map(({ frame }) => frame)
  }

  /** Takes a fragment; `isLast` says that no more follow behind it. False when it was left out. */
  add(fragment: Fragment, isLast: boolean): boolean {
    const { offsetBytes, bytes } = fragment
    const end = offsetBytes + bytes.length
    if (end > DATAGRAM_BYTES) return this.#refuse('oversized')
    if (this.#fragments.length === FRAGMENT_LIMIT) return this.#refuse('too-many')
    if (isLast && this.#totalBytes < 0) this.#totalBytes = end
    this.#noteOverlap(fragment)
    let index = this.#fragments.length
    while (index > 0 && this.#fragments[index - 1].offsetBytes > offsetBytes) index--
    this.#fragments.splice(index, 0, fragment)
    this.keptBytes += bytes.length
    return true
  }

  #refuse(problem: FragmentProblem): boolean {
    this.problem = problem
    return false
  }

  /** A copy of a fragment that came before is no overlap: it was captured twice, or sent again. */
  #noteOverlap({ offsetBytes, bytes }: Fragment): void {
    const end = offsetBytes + bytes.length
    for (const other of this.#fragments) {
      const start = Math.max(offsetBytes, other.offsetBytes)
      const stop = Math.min(end, other.offsetBytes + other.bytes.length)
      if (start >= stop) continue
      const mine = bytes.subarray(start - offsetBytes, stop - offsetBytes)
      const theirs = other.bytes.subarray(start - other.offsetBytes, stop - other.offsetBytes)
      if (!mine.equals(theirs)) this.problem = 'overlap-conflict'
      else if (offsetBytes !== other.offsetBytes || bytes.length !== other.bytes.length) this.problem ??= 'overlap'
    }
  }

  /** The payload when all of it is there. */
  whole(): Buffer | undefined {
    if (this.#totalBytes < 0 || this.header === undefined) return undefined
    let covered = 0
    for (const { offsetBytes, bytes } of this.#fragments) {
      if (offsetBytes > covered) return undefined
      covered = Math.max(covered, offsetBytes + bytes.length)
    }
    return covered < this.#totalBytes ? undefined : this.#assemble()
  }

  #assemble(): Buffer {
    const payload = Buffer.alloc(this.#totalBytes)
    let covered = 0
    for (const { offsetBytes, bytes } of this.#fragments) {
      const end = Math.min(offsetBytes + bytes.length, this.#totalBytes)
      if (end <= covered) continue
      bytes.copy(payload, Math.max(covered, offsetBytes), Math.max(0, covered - offsetBytes), end - offsetBytes)
      covered = end
    }
    return payload
  }
}
