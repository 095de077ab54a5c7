import { FLAG, NetlinkWriter } from './message.ts'
import { NetlinkSocket } from './socket.ts'

const NEW_ROUTE = 24
/** Of linux/rtnetlink.h. */
const ROUTE = { table: 255, protocol: 4, scope: 254, kind: 2 } as const
const OUTPUT_INTERFACE = 4
const LOOPBACK = 1
const FAMILIES = [2, 10] as const

/** Lets every address be one of this host, so that packets to anybody are delivered. @throws TidegateError ERR_NFTABLES_FAILED */
export function routeAllHere(): void {
  const socket = new NetlinkSocket('route')
  try {
    for (const family of FAMILIES) {
      const header = Buffer.alloc(8)
      header.set([ROUTE.table, ROUTE.protocol, ROUTE.scope, ROUTE.kind])
      const device = Buffer.alloc(4)
      device.writeUInt32LE(LOOPBACK)
      const flags = FLAG.request | FLAG.acknowledge | FLAG.create
      const order = new NetlinkWriter().begin(NEW_ROUTE, flags, socket.sequence, family).header(header)
      socket.ask('a route cannot be made', order.value(OUTPUT_INTERFACE, device, 0, 4).end().bytes)
    }
  } finally {
    socket.close()
  }
}
