import { writeFileSync } from 'node:fs'
import { LINK_TYPE, PcapWriter } from '#wire'

const ETHERNET_BYTES = 14
const IPV4_BYTES = 20

interface Endpoint {
  readonly address: number
  readonly port: number
}

interface Sent {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly payload?: Buffer
}

function ipFrame({ from, to }: Sent, protocol: number, packet: Buffer): Buffer {
  const head = Buffer.alloc(ETHERNET_BYTES + IPV4_BYTES)
  head.writeUInt16BE(0x0800, 12)
  head[14] = 0x45
  head.writeUInt16BE(IPV4_BYTES + packet.length, 16)
  head[22] = 64
  head[23] = protocol
  head.writeUInt32BE(from.address, 26)
  head.writeUInt32BE(to.address, 30)
  return Buffer.concat([head, packet])
}

export function udpFrame(sent: Sent): Buffer {
  const { from, to, payload = Buffer.alloc(0) } = sent
  const head = Buffer.alloc(8)
  head.writeUInt16BE(from.port, 0)
  head.writeUInt16BE(to.port, 2)
  head.writeUInt16BE(8 + payload.length, 4)
  return ipFrame(sent, 17, Buffer.concat([head, payload]))
}

interface TcpSent extends Sent {
  readonly flags: number
  readonly options?: Buffer
}

export function tcpFrame(sent: TcpSent): Buffer {
  const { from, to, flags, options = Buffer.alloc(0), payload = Buffer.alloc(0) } = sent
  const head = Buffer.alloc(20)
  head.writeUInt16BE(from.port, 0)
  head.writeUInt16BE(to.port, 2)
  head.writeUInt16BE(((20 + options.length) << 10) | flags, 12)
  head.writeUInt16BE(502, 14)
  return ipFrame(sent, 6, Buffer.concat([head, options, payload]))
}

/** Packet that says nobody listens, with the beginning of the one that it is about. */
export function unreachableFrame(about: Buffer): Buffer {
  const [from, to] = [30, 26].map((at) => ({ address: about.readUInt32BE(at), port: 0 }))
  const icmp = Buffer.concat([Buffer.from([3, 3, 0, 0, 0, 0, 0, 0]), about.subarray(ETHERNET_BYTES)])
  return ipFrame({ from, to }, 1, icmp)
}

const START_SECONDS = 1_795_300_000

/** Frames as a capture file, a millisecond apart. */
export function writeCapture(file: string, frames: readonly Buffer[], startSeconds: number = START_SECONDS): void {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((bytes) => void pieces.push(Buffer.from(bytes)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (const [at, bytes] of frames.entries()) {
    const { length } = bytes
    const seconds = startSeconds + Math.floor(at / 1000)
    writer.packet({ bytes, start: 0, end: length, originalBytes: length, seconds, nanoseconds: (at % 1000) * 1e6 })
  }
  writer.end()
  writeFileSync(file, Buffer.concat(pieces))
}

const SYN = 0x02
const ACK = 0x10
const PUSH_ACK = 0x18
const SYN_ACK = 0x12
const FIN_ACK = 0x11

interface Conversation {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly request: string
  readonly response: string
  /** Clock of both hosts, in ms. */
  readonly clockMs: number
}

/** An HTTP request and its answer over TCP as Linux sends them, time stamps included. */
export function conversationFrames({ client, server, request, response, clockMs }: Conversation): Buffer[] {
  const stamp = Buffer.alloc(8)
  stamp.writeUInt32BE(clockMs >>> 0, 0)
  stamp.writeUInt32BE((clockMs - 1) >>> 0, 4)
  const options = Buffer.concat([Buffer.from([1, 1, 8, 10]), stamp])
  const first = Buffer.concat([Buffer.from([2, 4, 5, 0xb4, 4, 2, 8, 10]), stamp, Buffer.from([1, 3, 3, 7])])
  const send = (flags: number, text = ''): Buffer =>
    tcpFrame({ from: client, to: server, flags, options: flags === SYN ? first : options, payload: Buffer.from(text) })
  const answer = (flags: number, text = ''): Buffer =>
    tcpFrame({
      from: server,
      to: client,
      flags,
      options: flags === SYN_ACK ? first : options,
      payload: Buffer.from(text),
    })
  return [
    send(SYN),
    answer(SYN_ACK),
    send(ACK),
    send(PUSH_ACK, request),
    answer(PUSH_ACK, response),
    send(ACK),
    send(FIN_ACK),
    answer(FIN_ACK),
    send(ACK),
  ]
}
