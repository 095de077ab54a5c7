import { type IpAddress, type Packet, PROTOCOL } from '#wire'
import type { DhcpFacts } from '../../findings/evidence.ts'

const SERVER_PORT = 67
const CLIENT_PORT = 68
const YOUR_ADDRESS_AT = 16
const HARDWARE_ADDRESS_AT = 28
const OPTIONS_AT = 240
const MAGIC_AT = 236
const MAGIC = 0x6382_5363
const MESSAGE_TYPE = 53
const PAD = 0
const END = 255
/** Of the first byte: what a server says. */
const REPLY = 2
const DISCOVER = 1
const REQUEST = 3
const REFUSAL = 6
const CLIENTS_KEPT = 2000
const FRAMES_KEPT = 8

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] }
type Client = Mutable<DhcpFacts> & { readonly requestFrames: number[]; readonly refusalFrames: number[] }

/** Who asks for an address by DHCP (RFC 2131), and whether anybody answers. */
export class DhcpWatch {
  readonly #clients = new Map<string, Client>()
  /** When an address was first offered. */
  readonly #offeredNs = new Map<IpAddress, number>()

  packet(packet: Packet, frame: number, timeNs: number): void {
    const { transport, destinationPort, sourcePort, payloadStart, payloadEnd, bytes } = packet
    if (transport !== PROTOCOL.udp || (destinationPort !== SERVER_PORT && sourcePort !== SERVER_PORT)) return
    if (destinationPort !== CLIENT_PORT && destinationPort !== SERVER_PORT) return
    if (payloadEnd - payloadStart < OPTIONS_AT || packet.uint32(payloadStart + MAGIC_AT) !== MAGIC) return
    const type = messageType(bytes, payloadStart + OPTIONS_AT, payloadEnd)
    const mac = bytes.toString('hex', payloadStart + HARDWARE_ADDRESS_AT, payloadStart + HARDWARE_ADDRESS_AT + 6)
    const client = this.#client(mac, timeNs)
    if (client === undefined) return
    client.lastNs = timeNs
    if (type === DISCOVER || type === REQUEST) add(client, 'requests', client.requestFrames, frame)
    else if (type === REFUSAL) {
      client.answers++
      add(client, 'refusals', client.refusalFrames, frame)
    } else if (bytes[payloadStart] === REPLY) {
      client.answers++
      const offered = packet.uint32(payloadStart + YOUR_ADDRESS_AT)
      if (!this.#offeredNs.has(offered) && this.#offeredNs.size < CLIENTS_KEPT) this.#offeredNs.set(offered, timeNs)
    }
  }

  /** Servers ask whether anybody has an address before they offer it: nobody is meant to answer (RFC 2131 section 3.1). */
  isOfferedAfter(address: IpAddress, timeNs: number): boolean {
    return (this.#offeredNs.get(address) ?? -Infinity) >= timeNs
  }

  #client(mac: string, timeNs: number): Client | undefined {
    const known = this.#clients.get(mac)
    if (known !== undefined || this.#clients.size >= CLIENTS_KEPT) return known
    const client: Client = {
      mac,
      requests: 0,
      answers: 0,
      refusals: 0,
      requestFrames: [],
      refusalFrames: [],
      firstNs: timeNs,
      lastNs: timeNs,
    }
    this.#clients.set(mac, client)
    return client
  }

  facts(): readonly DhcpFacts[] {
    return [...this.#clients.values()]
  }
}

function add(client: Client, counter: 'requests' | 'refusals', frames: number[], frame: number): void {
  client[counter]++
  if (frames.length < FRAMES_KEPT) frames.push(frame)
}

function messageType(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at + 1 < end && bytes[at] !== END) {
    if (bytes[at] === PAD) at++
    else if (bytes[at] === MESSAGE_TYPE && at + 2 < end) return bytes[at + 2]
    else at += 2 + bytes[at + 1]
  }
  return 0
}
