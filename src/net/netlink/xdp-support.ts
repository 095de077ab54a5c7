import { attributesOf, FLAG, NetlinkWriter } from './message.ts'
import { NetlinkSocket } from './socket.ts'

/** The family that tells of families, and its question (linux/genetlink.h). */
const CONTROL = { family: 16, getFamily: 3, name: 2, id: 1 } as const
/** Of the family "netdev" (linux/netdev.h). */
const GET_DEVICE = 1
const DEVICE = { index: 1, features: 3 } as const
/** The driver takes, drops and sends back packets by XDP. */
const BASIC = 1n

/**
 * For the interfaces of this network, by their numbers, whether their drivers run XDP programs; undefined where the kernel,
 * older than 6.3, does not tell.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED
 */
export function nativeXdpSupport(): ReadonlyMap<number, boolean> | undefined {
  const socket = new NetlinkSocket('generic')
  try {
    const family = netdevFamily(socket)
    if (family === undefined) return undefined
    const support = new Map<number, boolean>()
    const question = new NetlinkWriter().begin(family, FLAG.request | FLAG.dump, socket.sequence, GET_DEVICE)
    socket.ask('the interfaces cannot be asked for XDP', question.end().bytes, ({ body }) => {
      const attributes = attributesOf(body)
      const [index, features] = [attributes.get(DEVICE.index), attributes.get(DEVICE.features)]
      if (index === undefined || features === undefined) return
      support.set(index.readUInt32LE(0), (features.readBigUInt64LE(0) & BASIC) !== 0n)
    })
    return support
  } finally {
    socket.close()
  }
}

function netdevFamily(socket: NetlinkSocket): number | undefined {
  let family: number | undefined
  const flags = FLAG.request | FLAG.dump
  const question = new NetlinkWriter().begin(CONTROL.family, flags, socket.sequence, CONTROL.getFamily)
  socket.ask('the kernel cannot be asked for XDP', question.end().bytes, ({ body }) => {
    const attributes = attributesOf(body)
    const name = attributes.get(CONTROL.name)?.toString('latin1')
    if (name === 'netdev\0') family = attributes.get(CONTROL.id)?.readUInt16LE(0)
  })
  return family
}
