import { createRequire } from 'node:module'
import { constants } from 'node:os'
import type Koffi from 'koffi'
import { TidegateError } from '#kernel'

/** Functions of the C library that a packet socket needs. */
export interface SocketCalls {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly bind: (socket: number, address: Buffer, length: number) => number
  readonly name: (socket: number, address: Buffer, length: Buffer) => number
  readonly setOption: (socket: number, level: number, option: number, value: Buffer, length: number) => number
  readonly option: (socket: number, level: number, option: number, value: Buffer, length: Buffer) => number
  readonly close: (socket: number) => number
  readonly errno: () => number
}

let opened: SocketCalls | undefined

export function socketCalls(): SocketCalls {
  opened ??= open()
  return opened
}

function open(): SocketCalls {
  const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi
  const library = koffi.load('libc.so.6')
  return {
    socket: library.func('int socket(int domain, int type, int protocol)'),
    bind: library.func('int bind(int socket, const void *address, unsigned int length)'),
    name: library.func('int getsockname(int socket, _Out_ void *address, _Inout_ void *length)'),
    setOption: library.func(
      'int setsockopt(int socket, int level, int option, const void *value, unsigned int length)',
    ),
    option: library.func('int getsockopt(int socket, int level, int option, _Out_ void *value, _Inout_ void *length)'),
    close: library.func('int close(int socket)'),
    errno: () => koffi.errno(),
  }
}

/** What the kernel answered instead of doing it. */
export function captureFailure(what: string, error: number): TidegateError {
  const name = Object.entries(constants.errno).find(([, number]) => number === error)?.[0] ?? `error ${error}`
  return new TidegateError('ERR_CAPTURE_FAILED', `${what}: ${name}`, {
    source: 'environment',
    ...(name === 'EPERM' && { remedy: 'Run it as root, or give Node CAP_NET_RAW.' }),
  })
}
