import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import { KernelObject, openPinned } from './file-descriptor.ts'
import { libc, type MappedMemory } from './libc.ts'
import { possibleProcessors } from './processors.ts'

/** Kinds of maps by their number (linux/bpf.h). */
const KIND = {
  hash: 1,
  array: 2,
  perCpuHash: 5,
  perCpuArray: 6,
  lruHash: 9,
  lruPerCpuHash: 10,
  /** Longest prefix: a key is the length in bits (u32), then the bytes. */
  prefixTrie: 11,
  arrayOfMaps: 12,
  hashOfMaps: 13,
  deviceMap: 14,
  ringBuffer: 27,
} as const

export type MapKind = keyof typeof KIND

const FLAG = { noPreallocation: 1, mappable: 1 << 10 } as const

const PER_CPU: ReadonlySet<MapKind> = new Set(['perCpuHash', 'perCpuArray', 'lruPerCpuHash'])

export interface MapSpec {
  readonly name: string
  readonly kind: MapKind
  readonly keyBytes: number
  /** For one processor. */
  readonly valueBytes: number
  /** Most entries; of a ring buffer its bytes, a power of two and of pages. */
  readonly entries: number
  /** Entries take memory only when they are there. Always so for prefixes. */
  readonly sparse?: boolean
  /** The value of an array can be read and written through `memory`. */
  readonly mappable?: boolean
  /** For maps of maps: one like those that it will hold. */
  readonly inner?: BpfMap
}

/** What an update asks of the key. */
export type UpdateMode = 'any' | 'new' | 'existing'

const UPDATE_FLAGS: Readonly<Record<UpdateMode, bigint>> = { any: 0n, new: 1n, existing: 2n }

/** A map that this process and programs in the kernel share. Keys and values are bytes in the machine's order. */
export class BpfMap extends KernelObject {
  readonly spec: MapSpec
  /** Bytes of a value as it comes and goes: of those kept for each processor, all of them in slots of eight bytes. */
  readonly valueBytes: number
  readonly #element: Attributes
  readonly #deletion: Attributes
  #mapped: MappedMemory | undefined

  private constructor(fd: number, spec: MapSpec) {
    super(fd)
    this.spec = spec
    const isPerCpu = PER_CPU.has(spec.kind)
    this.valueBytes = isPerCpu ? Math.ceil(spec.valueBytes / 8) * 8 * possibleProcessors() : spec.valueBytes
    this.#element = new Attributes(32).set32(0, fd)
    // A deletion must not name a value.
    this.#deletion = new Attributes(16).set32(0, fd)
  }

  /** @throws TidegateError ERR_BPF_FAILED */
  static create(spec: MapSpec): BpfMap {
    const isSparse = spec.sparse === true || spec.kind === 'prefixTrie'
    const flags = (isSparse ? FLAG.noPreallocation : 0) | (spec.mappable === true ? FLAG.mappable : 0)
    const attributes = new Attributes(72)
      .set32(0, KIND[spec.kind])
      .set32(4, spec.keyBytes)
      .set32(8, spec.valueBytes)
      .set32(12, spec.entries)
      .set32(16, flags)
      .set32(20, spec.inner?.fd ?? 0)
      .name(28, spec.name)
    return new BpfMap(attributes.run(COMMAND.createMap, `cannot create the map ${spec.name}`), spec)
  }

  /** The map that is pinned at a path and was made by `spec`; undefined when there is none. @throws TidegateError ERR_BPF_FAILED */
  static openPinned(path: string, spec: MapSpec): BpfMap | undefined {
    const fd = openPinned(path)
    return fd === undefined ? undefined : new BpfMap(fd, spec)
  }

  /** Copies the value of a key into `into`; false when there is none. @throws TidegateError ERR_BPF_FAILED */
  lookup(key: Buffer, into: Buffer): boolean {
    const result = this.#element.point(8, key).point(16, into).set64(24, 0n).try(COMMAND.lookup)
    if (result < 0 && result !== -ERRNO.ENOENT) throw bpfFailure(`cannot read the map ${this.spec.name}`, -result)
    return result >= 0
  }

  /** @throws TidegateError ERR_BPF_FAILED, also when the map is full or `mode` is not met */
  update(key: Buffer, value: Buffer, mode: UpdateMode = 'any'): void {
    const element = this.#element.point(8, key).point(16, value).set64(24, UPDATE_FLAGS[mode])
    element.run(COMMAND.update, `cannot write to the map ${this.spec.name}`)
  }

  /** False when the key was not there. @throws TidegateError ERR_BPF_FAILED */
  delete(key: Buffer): boolean {
    const result = this.#deletion.point(8, key).try(COMMAND.delete)
    if (result < 0 && result !== -ERRNO.ENOENT)
      throw bpfFailure(`cannot delete from the map ${this.spec.name}`, -result)
    return result >= 0
  }

  /** Writes the key behind `key` into `into`; the first one without. False at the end. @throws TidegateError ERR_BPF_FAILED */
  nextKey(key: Buffer | undefined, into: Buffer): boolean {
    const element = this.#element.point(16, into)
    if (key === undefined) element.set64(8, 0n)
    else element.point(8, key)
    const result = element.set64(24, 0n).try(COMMAND.nextKey)
    if (result < 0 && result !== -ERRNO.ENOENT) throw bpfFailure(`cannot walk the map ${this.spec.name}`, -result)
    return result >= 0
  }

  /** Memory that the kernel counts for the map, in bytes. */
  get memoryBytes(): number {
    return this.fact('memlock')
  }

  /** The values of a mappable array, as the kernel sees them at this moment. Must not be touched after `close`. */
  get memory(): Buffer {
    if (this.#mapped === undefined) {
      const { valueBytes, entries, name } = this.spec
      const sizeBytes = Math.ceil(valueBytes / 8) * 8 * entries
      this.#mapped = libc().map(this.fd, 0, sizeBytes, true)
      if (this.#mapped === undefined) throw bpfFailure(`cannot map the memory of ${name}`, libc().errno())
    }
    return Buffer.from(this.#mapped.memory)
  }

  override close(): void {
    this.#mapped?.unmap()
    this.#mapped = undefined
    super.close()
  }
}
