import { TidegateError } from '#kernel'
import { attributesOf, FLAG, NetlinkWriter, textOf } from './message.ts'
import { NetlinkSocket } from './socket.ts'

/** An interface of the network that the calling thread is in. */
export interface NetworkInterface {
  readonly index: number
  readonly name: string
  /** ARPHRD_ of linux/if_arp.h. */
  readonly hardwareType: number
  /** The longest packet that it sends, without the Ethernet header. */
  readonly mtuBytes: number
  /** What made it, such as `veth`; undefined for hardware. */
  readonly kind: string | undefined
  /** What it hangs on: of a veth the other end of the cable, which may be in another network, by a number. */
  readonly otherEnd: { readonly index: number; readonly network: number | undefined } | undefined
  /** Numbers of the XDP programs on it. */
  readonly xdpPrograms: readonly number[]
}

const GET_LINK = 18
/** `struct ifinfomsg` of linux/rtnetlink.h. */
const LINK_HEADER_BYTES = 16
const HARDWARE_TYPE_AT = 2
const INDEX_AT = 4

const NEW_LINK = 16
const UP = 1

/** Attributes of linux/if_link.h. */
const LINK = { name: 3, mtu: 4, link: 5, info: 18, linkNetwork: 37, xdp: 43, targetNetwork: 46 } as const
const INFO_KIND = 1
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
    socket.ask('the network interfaces cannot be listed', question.bytes, ({ body }) => found.push(interfaceOf(body)))
    return found
  } finally {
    socket.close()
  }
}

/** The other end of a cable, in whatever network; undefined when there is none, or when nobody here may ask for it. */
export function otherEndOf({ otherEnd }: NetworkInterface): NetworkInterface | undefined {
  if (otherEnd === undefined) return undefined
  const { index, network } = otherEnd
  if (network === undefined) return listInterfaces().find((each) => each.index === index)
  const socket = new NetlinkSocket('route')
  let found: NetworkInterface | undefined
  try {
    const flags = FLAG.request | FLAG.acknowledge
    const question = new NetlinkWriter().begin(GET_LINK, flags, socket.sequence, 0).header(linkHeader(index))
    const target = Buffer.alloc(4)
    target.writeInt32LE(network)
    socket.ask(
      'the other end of a cable cannot be asked for',
      question.value(LINK.targetNetwork, target, 0, 4).end().bytes,
      ({ body }) => (found = interfaceOf(body)),
    )
    return found
  } catch (error) {
    if (error instanceof TidegateError) return undefined
    throw error
  } finally {
    socket.close()
  }
}

function interfaceOf(body: Buffer): NetworkInterface {
  const attributes = attributesOf(body, LINK_HEADER_BYTES)
  const nested = (type: number): ReadonlyMap<number, Buffer> => attributesOf(attributes.get(type) ?? EMPTY, 0)
  const text = (value: Buffer | undefined): string | undefined => (value === undefined ? undefined : textOf(value))
  const programs = nested(LINK.xdp)
  const link = attributes.get(LINK.link)?.readUInt32LE(0)
  return {
    index: body.readInt32LE(INDEX_AT),
    name: text(attributes.get(LINK.name)) ?? '',
    hardwareType: body.readUInt16LE(HARDWARE_TYPE_AT),
    mtuBytes: attributes.get(LINK.mtu)?.readUInt32LE(0) ?? 0,
    kind: text(nested(LINK.info).get(INFO_KIND)),
    otherEnd:
      link === undefined ? undefined : { index: link, network: attributes.get(LINK.linkNetwork)?.readInt32LE(0) },
    xdpPrograms: [...new Set(XDP_PROGRAMS.flatMap((type) => programs.get(type)?.readUInt32LE(0) ?? []))],
  }
}

const EMPTY = Buffer.alloc(0)

/** The rest of `struct ifinfomsg` for an interface. */
function linkHeader(index: number): Buffer {
  const header = Buffer.alloc(LINK_HEADER_BYTES - INDEX_AT)
  header.writeInt32LE(index)
  return header
}

/** Switches an interface on. @throws TidegateError ERR_NFTABLES_FAILED */
export function bringUp(name: string): void {
  changeLink(name, 'switched on', UP)
}

/** Gives an interface that is switched off another name. @throws TidegateError ERR_NFTABLES_FAILED */
export function renameInterface(name: string, to: string): void {
  changeLink(name, `renamed to ${to}`, 0, (order) => order.text(LINK.name, to))
}

function changeLink(name: string, what: string, flags: number, add?: (order: NetlinkWriter) => void): void {
  const index = listInterfaces().find((each) => each.name === name)?.index ?? 0
  const socket = new NetlinkSocket('route')
  try {
    const header = linkHeader(index)
    header.writeUInt32LE(flags, 4)
    header.writeUInt32LE(flags, 8)
    const order = new NetlinkWriter().begin(NEW_LINK, FLAG.request | FLAG.acknowledge, socket.sequence, 0)
    order.header(header)
    add?.(order)
    socket.ask(`the interface ${name} cannot be ${what}`, order.end().bytes)
  } finally {
    socket.close()
  }
}
