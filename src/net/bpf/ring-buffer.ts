import { bpfFailure } from './failure.ts'
import { libc, type MappedMemory } from './libc.ts'
import type { BpfMap } from './map.ts'

const PAGE_BYTES = 4096
const HEADER_BYTES = 8
const BUSY = 0x8000_0000
const DISCARDED = 0x4000_0000
const LENGTH = 0x3fff_ffff

/** Is given a record as a view into the kernel's memory, which is valid during the call. */
export type RecordVisitor = (record: Buffer) => void

/**
 * Reads what programs put into a ring buffer. Nobody wakes this process for a record, so that packets cost no wake-ups:
 * ask from time to time.
 */
export class RingBuffer {
  readonly #sizeBytes: number
  readonly #consumer: MappedMemory
  readonly #producer: MappedMemory
  readonly #consumed: BigUint64Array
  readonly #produced: BigUint64Array
  readonly #records: Buffer
  readonly #headers: DataView
  readonly #needsDelay = process.arch !== 'x64'
  #position: number
  #seen: number
  #open = true

  /** @throws TidegateError ERR_BPF_FAILED */
  constructor(map: BpfMap) {
    this.#sizeBytes = map.spec.entries
    this.#consumer = mapped(map, 0, PAGE_BYTES, true)
    // The data stand there twice, one behind the other, so that no record is ever cut in two.
    this.#producer = mapped(map, PAGE_BYTES, PAGE_BYTES + 2 * this.#sizeBytes, false)
    this.#consumed = new BigUint64Array(this.#consumer.memory, 0, 1)
    this.#produced = new BigUint64Array(this.#producer.memory, 0, 1)
    this.#records = Buffer.from(this.#producer.memory, PAGE_BYTES)
    this.#headers = new DataView(this.#producer.memory, PAGE_BYTES)
    this.#position = Number(this.#consumed[0])
    this.#seen = this.#position
  }

  /** Gives at most `limit` records to `visit`; returns how many there were. */
  drain(visit: RecordVisitor, limit: number = Number.MAX_SAFE_INTEGER): number {
    if (!this.#open) return 0
    const produced = Number(this.#produced[0])
    // JavaScript has no barrier between reading the position and reading the data. Where the processor may change their
    // order, only what was there at the last call is read: by now it has certainly arrived.
    const end = this.#needsDelay ? this.#seen : produced
    this.#seen = produced
    let records = 0
    while (this.#position < end && records < limit) {
      const at = this.#position % this.#sizeBytes
      const header = this.#headers.getUint32(at, true)
      if (header >= BUSY) break
      const length = header & LENGTH
      if ((header & DISCARDED) === 0) {
        visit(this.#records.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length))
        records++
      }
      this.#position += (length + HEADER_BYTES + 7) & ~7
    }
    this.#consumed[0] = BigInt(this.#position)
    return records
  }

  /** Bytes that wait to be read. */
  get waitingBytes(): number {
    return this.#open ? Number(this.#produced[0]) - this.#position : 0
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#consumer.unmap()
    this.#producer.unmap()
  }
}

function mapped(map: BpfMap, offsetBytes: number, sizeBytes: number, writable: boolean): MappedMemory {
  const memory = libc().map(map.fd, offsetBytes, sizeBytes, writable)
  if (memory === undefined) throw bpfFailure(`cannot map the ring buffer ${map.spec.name}`, libc().errno())
  return memory
}
