import { attributesOf, FLAG, NetlinkWriter, textOf } from './message.ts'
import { NetlinkSocket } from './socket.ts'

/** An interface of the network that the calling thread is in. */
export interface NetworkInterface {
  readonly index: number
  readonly name: string
  /** Numbers of the XDP programs on it. */
  readonly xdpPrograms: readonly number[]
}

const GET_LINK = 18
/** `struct ifinfomsg` of linux/rtnetlink.h. */
const LINK_HEADER_BYTES = 16
const INDEX_AT = 4

const NEW_LINK = 16
const UP = 1

/** Attributes of linux/if_link.h. */
const LINK = { name: 3, xdp: 43 } as const
const XDP_PROGRAMS = [4, 5, 6, 7] as const

/**
 * The interfaces there are. Files below /sys would show those of the network in which they were mounted.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED
 */
export function listInterfaces(): readonly NetworkInterface[] {
  const found: NetworkInterface[] = []
  const socket = new NetlinkSocket('route')
  try {
    const question = new NetlinkWriter().begin(GET_LINK, FLAG.request | FLAG.dump, socket.sequence, 0).end()
    socket.ask('the network interfaces cannot be listed', question.bytes, ({ body }) => {
      const attributes = attributesOf(body, LINK_HEADER_BYTES)
      const [name, xdp] = [attributes.get(LINK.name), attributes.get(LINK.xdp)]
      const programs = xdp === undefined ? undefined : attributesOf(xdp, 0)
      found.push({
        index: body.readInt32LE(INDEX_AT),
        name: name === undefined ? '' : textOf(name),
        xdpPrograms: [...new Set(XDP_PROGRAMS.flatMap((type) => programs?.get(type)?.readUInt32LE(0) ?? []))],
      })
    })
    return found
  } finally {
    socket.close()
  }
}

/** Switches an interface on. @throws TidegateError ERR_NFTABLES_FAILED */
export function bringUp(name: string): void {
  const index = listInterfaces().find((each) => each.name === name)?.index ?? 0
  const socket = new NetlinkSocket('route')
  try {
    const header = Buffer.alloc(LINK_HEADER_BYTES - INDEX_AT)
    header.writeInt32LE(index)
    header.writeUInt32LE(UP, 4)
    header.writeUInt32LE(UP, 8)
    const order = new NetlinkWriter().begin(NEW_LINK, FLAG.request | FLAG.acknowledge, socket.sequence, 0)
    socket.ask(`the interface ${name} cannot be switched on`, order.header(header).end().bytes)
  } finally {
    socket.close()
  }
}
