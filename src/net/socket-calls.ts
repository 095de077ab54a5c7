import { createRequire } from 'node:module'
import { constants } from 'node:os'
import type Koffi from 'koffi'

/** Functions of the C library for sockets that Node does not have: netlink and packets. */
export interface SocketCalls {
  readonly socket: (domain: number, type: number, protocol: number) => number
  readonly bind: (socket: number, address: Buffer, length: number) => number
  readonly name: (socket: number, address: Buffer, length: Buffer) => number
  readonly send: (socket: number, bytes: Buffer, length: number, flags: number) => number
  readonly receive: (socket: number, bytes: Buffer, length: number, flags: number) => number
  readonly setOption: (socket: number, level: number, option: number, value: Buffer, length: number) => number
  readonly option: (socket: number, level: number, option: number, value: Buffer, length: Buffer) => number
  readonly close: (socket: number) => number
  readonly errno: () => number
}

let opened: SocketCalls | undefined

/** Loading the foreign function interface takes some milliseconds: only who needs such a socket pays for it. */
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
    send: library.func('long send(int socket, const void *bytes, size_t length, int flags)'),
    receive: library.func('long recv(int socket, _Out_ void *bytes, size_t length, int flags)'),
    setOption: library.func(
      'int setsockopt(int socket, int level, int option, const void *value, unsigned int length)',
    ),
    option: library.func('int getsockopt(int socket, int level, int option, _Out_ void *value, _Inout_ void *length)'),
    close: library.func('int close(int socket)'),
    errno: () => koffi.errno(),
  }
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
)

/** What an error number is called, such as EPERM. */
export function errorName(error: number): string {
  return NAMES.get(error) ?? `error ${error}`
}
