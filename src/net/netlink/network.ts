import { socketCalls } from '../socket-calls.ts'

const AF_NETLINK = 16
const SOCK_RAW_CLOEXEC = 0x8_0003
const SOL_SOCKET = 1
const SO_NETNS_COOKIE = 71
const COOKIE_BYTES = 8

/**
 * A number of the network that the calling thread is in, which no other network has until the machine is started again;
 * undefined before Linux 5.14, where nothing but a number that is given out again tells networks apart.
 */
export function networkCookie(): bigint | undefined {
  const { socket, option, close } = socketCalls()
  const fd = socket(AF_NETLINK, SOCK_RAW_CLOEXEC, 0)
  if (fd < 0) return undefined
  const [cookie, length] = [Buffer.alloc(COOKIE_BYTES), Buffer.alloc(4)]
  length.writeUInt32LE(COOKIE_BYTES)
  const isKnown = option(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, length) === 0
  close(fd)
  return isKnown ? cookie.readBigUInt64LE() : undefined
}
