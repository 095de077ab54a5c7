import { closeSync, openSync, writeSync } from 'node:fs'
import { LINK_TYPE, PcapWriter } from '#wire'
import { Dice } from '../src/detect/flows/testing/dice.ts'
import {
  dnsAnswer,
  dnsQuery,
  ethernet,
  ipv4,
  RECORD_TYPE,
  synOptions,
  tcp,
  TCP_FLAG,
  udp,
} from '../src/wire/packet/testing/index.ts'
import { buildHello, uint16s, vector } from '../src/wire/tls/hello-builder.ts'

/** Conversations that go on at a time. */
const CONCURRENT = 500
/** Different contents that are used again and again from other addresses. */
const SCRIPTS = 240
/** Frames of one conversation behind one another, at most. */
const TRAIN = 6
const SEGMENT_BYTES = 1448
const SHARE = { dns: 0.35, tls: 0.75, lost: 0.01 } as const
const SOURCE_AT = 26
const DESTINATION_AT = 30
const SOURCE_PORT_AT = 34
const DESTINATION_PORT_AT = 36
const START_SECONDS = 1_790_000_000
const MICROS = 1_000_000

/** Frames of one conversation; `fromClient` says whose address to put in. */
interface ScriptFrame {
  readonly bytes: Buffer
  readonly fromClient: boolean
}

interface Conversation {
  readonly script: readonly ScriptFrame[]
  readonly address: number
  readonly port: number
  at: number
}

/**
 * Writes a capture of about `sizeBytes`: web pages over TLS and plain HTTP with their DNS, some hundred conversations at a
 * time from changing clients, one segment in a hundred sent again. Returns how many packets it has.
 */
export function writeCapture(file: string, sizeBytes: number): number {
  const dice = new Dice(2026)
  const scripts = Array.from({ length: SCRIPTS }, (_, index) => script(dice, index))
  const descriptor = openSync(file, 'w')
  let written = 0
  const writer = new PcapWriter((piece) => (written += writeSync(descriptor, piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  const open: Conversation[] = []
  let packets = 0
  let micros = 0
  for (;;) {
    while (open.length < CONCURRENT && written < sizeBytes) {
      const address = 0x0a00_0000 + dice.below(1 << 20)
      open.push({ script: dice.pick(scripts), address, port: 1024 + dice.below(64_000), at: 0 })
    }
    if (open.length === 0) break
    const index = dice.below(open.length)
    const conversation = open[index]
    // Hosts send what they have at once.
    for (let left = 1 + dice.below(TRAIN); left > 0 && conversation.at < conversation.script.length; left--) {
      const bytes = nextFrame(conversation)
      micros += dice.below(20)
      const seconds = START_SECONDS + Math.floor(micros / MICROS)
      const nanoseconds = (micros % MICROS) * 1000
      writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds, nanoseconds })
      packets++
    }
    if (conversation.at === conversation.script.length) {
      open[index] = open[open.length - 1]
      open.pop()
    }
  }
  writer.end()
  closeSync(descriptor)
  return packets
}

/** The next frame of a conversation, with the addresses of its client. */
function nextFrame(conversation: Conversation): Buffer {
  const { bytes, fromClient } = conversation.script[conversation.at++]
  bytes.writeUInt32BE(conversation.address, fromClient ? SOURCE_AT : DESTINATION_AT)
  bytes.writeUInt16BE(conversation.port, fromClient ? SOURCE_PORT_AT : DESTINATION_PORT_AT)
  return bytes
}

function script(dice: Dice, number: number): ScriptFrame[] {
  const host = `www.site${number % 60}.example`
  const server = `198.51.${dice.below(200)}.${1 + dice.below(250)}`
  if (dice.chance(SHARE.dns)) return lookup(host, number)
  const isTls = dice.chance(SHARE.tls)
  const request = isTls
    ? hello(host)
    : Buffer.from(`GET /item/${number} HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\n\r\n`)
  const segments = dice.chance(0.1) ? 100 + dice.below(300) : 2 + dice.below(20)
  return connection(dice, server, isTls ? 443 : 80, request, isTls, segments)
}

function lookup(host: string, id: number): ScriptFrame[] {
  const ends = { source: '10.0.0.1', destination: '192.0.2.53' } as const
  const back = { source: ends.destination, destination: ends.source } as const
  const answer = dnsAnswer(id, host, RECORD_TYPE.a, [Buffer.from([198, 51, 100, 7])])
  return [
    {
      fromClient: true,
      bytes: ethernet(ipv4(ends, udp({ sourcePort: 1, destinationPort: 53, payload: dnsQuery(id, host) }))),
    },
    { fromClient: false, bytes: ethernet(ipv4(back, udp({ sourcePort: 53, destinationPort: 1, payload: answer }))) },
  ]
}

function hello(host: string): Buffer {
  const name = vector(2, Buffer.concat([Buffer.from([0]), vector(2, Buffer.from(host))]))
  return buildHello({
    ciphers: [0x1301, 0x1302, 0xc02f],
    extensions: [
      [0, name],
      [10, vector(2, uint16s([29, 23]))],
      [43, Buffer.from([2, 3, 4])],
    ],
  })
}

/** The first answer bytes: application data of TLS, or the head of a response. */
function answerStart(isTls: boolean, bodyBytes: number): Buffer {
  if (isTls) return Buffer.from([22, 3, 3, 0, 2, 2, 0, 23, 3, 3, 64, 0])
  return Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: ${bodyBytes}\r\n\r\n`)
}

function connection(
  dice: Dice,
  server: string,
  port: number,
  request: Buffer,
  isTls: boolean,
  segments: number,
): ScriptFrame[] {
  const frames: ScriptFrame[] = []
  let mine = dice.below(2 ** 31)
  let theirs = dice.below(2 ** 31)
  let id = dice.below(30_000)
  const add = (fromClient: boolean, flags: number, payload: Buffer | undefined, options?: Buffer): void => {
    const ends = fromClient ? { source: '10.0.0.1', destination: server } : { source: server, destination: '10.0.0.1' }
    const segment = tcp({
      sourcePort: fromClient ? 1 : port,
      destinationPort: fromClient ? port : 1,
      flags,
      sequence: fromClient ? mine : theirs,
      acknowledgement: fromClient ? theirs : mine,
      ...(payload !== undefined && { payload }),
      ...(options !== undefined && { options }),
    })
    frames.push({ fromClient, bytes: ethernet(ipv4({ ...ends, id: id++ & 0xffff }, segment)) })
  }
  const { syn, ack, psh, fin } = TCP_FLAG
  add(true, syn, undefined, synOptions())
  mine++
  add(false, syn | ack, undefined, synOptions())
  theirs++
  add(true, ack, undefined)
  add(true, ack | psh, request)
  mine += request.length
  const start = answerStart(isTls, segments * SEGMENT_BYTES)
  for (let segment = 0; segment < segments; segment++) {
    const payload = Buffer.alloc(SEGMENT_BYTES, 'x')
    if (segment === 0) start.copy(payload)
    add(false, ack, payload)
    if (dice.chance(SHARE.lost)) add(false, ack, payload)
    theirs += SEGMENT_BYTES
    if (segment % 2 === 1) add(true, ack, undefined)
  }
  add(false, fin | ack, undefined)
  theirs++
  add(true, fin | ack, undefined)
  mine++
  add(false, ack, undefined)
  return frames
}
