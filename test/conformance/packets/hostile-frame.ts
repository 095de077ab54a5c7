import { ethernet } from '../../../src/wire/packet/testing/index.ts'
import type { Random } from '../random.ts'
import { randomIpPacket } from './random-frame.ts'

/** XDP sees nothing shorter. */
const SHORTEST_BYTES = 14
const ETHERNET_BYTES = 14
const EXTENSION_KINDS = [0, 43, 44, 51, 60] as const

/** Changes a frame in place or gives another; `at` is where its IP header begins. */
type Mutation = (frame: Buffer, at: number, random: Random) => Buffer

const MUTATIONS: readonly Mutation[] = [
  (frame, _, random) => frame.subarray(0, SHORTEST_BYTES + random.below(frame.length - SHORTEST_BYTES + 1)),
  (frame, at, random) => frame.subarray(0, Math.min(frame.length, at + random.below(60))),
  (frame, at, random) => withByte(frame, at, random.pick([0x40, 0x60]) + random.below(16)),
  (frame, at, random) => withByte(frame, at, 0x45 + random.below(11)),
  (frame, at, random) => withWord(frame, at + 2, random.pick([0, 19, 20, 21, 28, 40, 60, random.below(200), 65_535])),
  (frame, at, random) => withWord(frame, at + 4, random.pick([0, 1, 8, 20, 40, random.below(100), 65_535])),
  (frame, at, random) => withWord(frame, at + 6, random.pick([0x2000, 0x2001, 1, 0x1fff, 0x4000, 0xe000])),
  (frame, at, random) =>
    withByte(frame, at + random.pick([6, 9]), random.pick([...EXTENSION_KINDS, 6, 17, 58, 1, 47, 59])),
  (frame, at, random) => extended(frame, at, random),
  (frame, at, random) => withByte(frame, at + 20 + 12, random.below(256)),
  (frame, at, random) => withByte(frame, at + 40 + 12, random.below(256)),
  (frame, at, random) =>
    withByte(frame, at + 20 + 20 + random.below(40), random.pick([0, 1, 2, 3, 4, 8, 10, random.below(256)])),
  (frame, at, random) =>
    withByte(frame, at + 40 + 20 + random.below(40), random.pick([0, 1, 2, 3, 4, 8, 10, random.below(256)])),
  (frame, at, random) => withWord(frame, at + random.pick([24, 44]), random.pick([0, 7, 8, 9, 20, 65_535])),
  (frame, _, random) => Buffer.concat([frame, Buffer.from(random.list(30, () => random.below(256)))]),
  (frame, _, random) => withByte(frame, random.below(frame.length), random.below(256)),
  (frame, _, random) => withByte(frame, ETHERNET_BYTES + random.below(60), random.below(256)),
]

function withByte(frame: Buffer, at: number, value: number): Buffer {
  if (at < frame.length) frame[at] = value
  return frame
}

function withWord(frame: Buffer, at: number, value: number): Buffer {
  if (at + 2 <= frame.length) frame.writeUInt16BE(value, at)
  return frame
}

/** Puts extension headers of any kind and length before what IPv6 carries. */
function extended(frame: Buffer, at: number, random: Random): Buffer {
  if (at + 40 > frame.length || frame[at] >> 4 !== 6) return frame
  const kinds = Array.from({ length: 1 + random.below(7) }, () => random.pick(EXTENSION_KINDS))
  const chain = kinds.map((kind, index) => {
    const units = random.below(3)
    const bytes = Buffer.alloc(kind === 44 ? 8 : kind === 51 ? (units + 2) * 4 : (units + 1) * 8)
    bytes[0] = kinds[index + 1] ?? frame[at + 6]
    bytes[1] = kind === 44 ? 0 : units
    if (kind === 43) bytes[2] = random.below(5)
    if (kind === 44) bytes.writeUInt16BE(random.pick([0, 0, 1, 8, 9, 0xfff8]), 2)
    return bytes
  })
  const added = Buffer.concat(chain)
  const length = frame.readUInt16BE(at + 4) + added.length
  const result = Buffer.concat([frame.subarray(0, at + 40), added, frame.subarray(at + 40)])
  result[at + 6] = kinds[0]
  return withWord(result, at + 4, Math.min(length, 65_535))
}

/** An Ethernet frame with up to three VLAN tags around any IP packet, ARP or nothing; two of three are damaged, some several times. */
export function hostileFrame(random: Random): Buffer {
  const vlans = random.chance(70) ? [] : random.list(3, () => random.below(65_536))
  let frame: Buffer = Buffer.from(ethernet(randomIpPacket(random), { vlans, source: hardwareAddress(random) }))
  if (random.chance(4)) frame = arp(random)
  if (random.chance(2)) frame.writeUInt16BE(random.below(2000), 12)
  const at = ETHERNET_BYTES + vlans.length * 4
  for (let count = random.below(3); count > 0 && frame.length > SHORTEST_BYTES; count--) {
    frame = Buffer.from(random.pick(MUTATIONS)(frame, at, random))
  }
  return frame.length < SHORTEST_BYTES ? Buffer.concat([frame, Buffer.alloc(SHORTEST_BYTES - frame.length)]) : frame
}

function hardwareAddress(random: Random): string {
  return random.chance(50) ? '02:42:0a:00:00:01' : `02:42:0a:00:00:${random.below(256).toString(16).padStart(2, '0')}`
}

function arp(random: Random): Buffer {
  const head = random.chance(80) ? '0001080006040002' : '0001080006050002'
  const body = Buffer.from(`${head}0a0b00000001c00002010a0b00000002c0000202`, 'hex')
  return Buffer.from(ethernet(body.subarray(0, 28 - random.below(2)), { type: 0x0806 }))
}
