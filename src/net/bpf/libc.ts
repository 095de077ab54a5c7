import { createRequire } from 'node:module'
import type Koffi from 'koffi'
import { TidegateError } from '#kernel'

/** The functions of the C library that eBPF needs. */
export interface Libc {
  /** bpf(2): the result, or below zero with the reason in `errno`. */
  readonly bpf: (command: number, attributes: Buffer) => number
  readonly errno: () => number
  /** Where the bytes of a buffer are. They must stay reachable from JavaScript for as long as anybody uses the address. */
  address(bytes: Buffer): bigint
  /** Maps `sizeBytes` of a file from `offsetBytes` on into memory that is shared with the kernel; undefined with `errno`. */
  map(file: number, offsetBytes: number, sizeBytes: number, writable: boolean): MappedMemory | undefined
}

/** Memory of the kernel. After `unmap` nobody may touch `memory` any more. */
export interface MappedMemory {
  readonly memory: ArrayBuffer
  unmap(): void
}

/** Number of the system call bpf(2). */
const BPF_CALL: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 321, arm64: 280 }

const PROTECTION = { read: 1, write: 2 } as const
const MAP_SHARED = 1

let opened: Libc | undefined

/**
 * Opens the C library; later calls get the same. Loading the foreign function interface takes some milliseconds and its
 * memory, so only what talks to the kernel pays for it.
 *
 * @throws TidegateError ERR_BPF_FAILED where there is no bpf(2)
 */
export function libc(): Libc {
  opened ??= open()
  return opened
}

function open(): Libc {
  const call = process.platform === 'linux' ? BPF_CALL[process.arch] : undefined
  if (call === undefined) {
    throw new TidegateError('ERR_BPF_FAILED', `there is no eBPF on ${process.platform} ${process.arch}`, {
      source: 'environment',
      remedy: 'Packets are filtered on Linux, x86-64 or arm64.',
    })
  }
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const library = koffi.load('libc.so.6')
  const systemCall = library.func('long syscall(long number, long command, void *attributes, long size)')
  const map = library.func('void *mmap(void *address, size_t size, int protection, int flags, int file, long offset)')
  const unmap = library.func('int munmap(void *address, size_t size)')
  return {
    bpf: (command, attributes) => Number(systemCall(call, command, attributes, attributes.length)),
    errno: () => koffi.errno(),
    address: (bytes) => koffi.address(bytes),
    map: (file, offsetBytes, sizeBytes, writable) => {
      const protection = PROTECTION.read | (writable ? PROTECTION.write : 0)
      const pointer: unknown = map(null, sizeBytes, protection, MAP_SHARED, file, offsetBytes)
      if (BigInt.asIntN(64, koffi.address(pointer)) === -1n) return undefined
      return { memory: koffi.view(pointer, sizeBytes), unmap: () => void unmap(pointer, sizeBytes) }
    },
  }
}
