import { bpfFailure } from './failure.ts'
import { libc } from './libc.ts'

/** Commands of bpf(2) (linux/bpf.h). */
export const COMMAND = {
  createMap: 0,
  lookup: 1,
  update: 2,
  delete: 3,
  nextKey: 4,
  loadProgram: 5,
  pin: 6,
  getPinned: 7,
  testRun: 10,
  programOfId: 13,
  queryPrograms: 16,
  info: 15,
  lookupBatch: 24,
  updateBatch: 26,
  deleteBatch: 27,
  createLink: 28,
  updateLink: 29,
  linkOfId: 30,
  nextLinkId: 31,
  detachLink: 34,
} as const

export const ERRNO = { ENOENT: 2, EINTR: 4, E2BIG: 7, EAGAIN: 11, EBUSY: 16, EINVAL: 22 } as const

/** The attributes of one command: numbers, and pointers to buffers that stay reachable with it. */
export class Attributes {
  readonly bytes: Buffer
  readonly #held = new Map<number, Buffer>()

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes)
  }

  set32(at: number, value: number): this {
    this.bytes.writeUInt32LE(value, at)
    return this
  }

  set64(at: number, value: bigint): this {
    this.bytes.writeBigUInt64LE(value, at)
    return this
  }

  /** Writes the address of a buffer, and holds the buffer until another takes its place. */
  point(at: number, target: Buffer): this {
    this.#held.set(at, target)
    return this.set64(at, libc().address(target))
  }

  /** A name of the kernel's: at most 15 bytes. */
  name(at: number, text: string): this {
    this.bytes.write(text.replaceAll(/[^\w.]/g, '_'), at, 15, 'latin1')
    return this
  }

  get32(at: number): number {
    return this.bytes.readUInt32LE(at)
  }

  /** Runs a command: its result, or the negated errno. The kernel has read everything when this returns. */
  try(command: number): number {
    const { bpf, errno } = libc()
    const result = bpf(command, this.bytes)
    const outcome = result < 0 ? -errno() : result
    // The read keeps what the kernel was pointed to alive up to here.
    return this.#held.size < 0 ? 0 : outcome
  }

  /** Runs a command. @throws TidegateError ERR_BPF_FAILED that begins with `what` */
  run(command: number, what: string): number {
    const result = this.try(command)
    if (result < 0) throw bpfFailure(what, -result)
    return result
  }
}
