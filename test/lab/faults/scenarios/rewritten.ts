import { foldChecksum, LINK_TYPE, Packet, sumWords } from '#wire'
import { captureOf, type EditableFrame, framesOf } from '../capture-edit.ts'
import { startNginx } from '../nginx.ts'
import type { Lab, Scenario } from '../scenario.ts'
import { curl } from './requests.ts'

const packet = new Packet('outer')

function read({ bytes, originalBytes }: EditableFrame): Packet {
  packet.read(bytes, 0, bytes.length, LINK_TYPE.ethernet, originalBytes)
  return packet
}

/** A good download and some small requests, for others to spoil. */
const GOOD = {
  wire: () => ({ up: { delayMs: 4 }, down: { delayMs: 4 } }),
  prepare: async (lab: Lab): Promise<void> => startNginx(lab.network.server, lab.folder, 'server { listen 80; }'),
  make: async (lab: Lab): Promise<void> => {
    await curl(lab, 'http://app.lab.test/')
    await curl(lab, 'http://app.lab.test/big.bin')
    await curl(lab, 'http://app.lab.test/')
  },
}

const edit =
  (change: (frames: EditableFrame[], lab: Lab) => EditableFrame[], snapBytes?: number) =>
  (file: Buffer, lab: Lab): Buffer =>
    captureOf(change(framesOf(file), lab), snapBytes)

/** The same segment with its words in another order, which keeps the checksum, and with another IP id. */
function forgedCopy(frame: EditableFrame): Buffer {
  const copy = Buffer.from(frame.bytes)
  const { payloadStart, ipStart } = read({ ...frame, bytes: copy })
  copy
    .subarray(payloadStart, payloadStart + 80)
    .swap16()
    .reverse()
  const ip = copy.subarray(ipStart, ipStart + 20)
  ip.writeUInt16BE((ip.readUInt16BE(4) + 7) & 0xffff, 4)
  ip.writeUInt16BE(0, 10)
  ip.writeUInt16BE(foldChecksum(sumWords(ip, 0, ip.length)), 10)
  return copy
}

/** Where in the file the record of a frame begins. */
function recordStart(file: Buffer, frame: number): number {
  let at = 24
  for (let number = 1; number < frame; number++) at += 16 + file.readUInt32LE(at + 8)
  return at
}

/** Clean captures that were spoilt afterwards: faults of capturing, and what no real program of ours would send. */
export const REWRITTEN: readonly Scenario[] = [
  {
    ...GOOD,
    name: 'only-from-client',
    expects: ['capture-one-sided'],
    rewrite: edit((frames) =>
      frames.filter((frame) => read(frame).destinationPort !== -1 && packet.destinationPort === 80),
    ),
  },
  {
    ...GOOD,
    name: 'only-from-server',
    expects: ['capture-one-sided'],
    rewrite: edit((frames) => frames.filter((frame) => read(frame).sourcePort === 80)),
  },
  {
    ...GOOD,
    name: 'capture-lost-frames',
    expects: ['capture-loss'],
    rewrite: edit((frames, { dice }) => frames.filter((frame) => read(frame).payloadBytes < 500 || dice.roll() > 0.08)),
  },
  {
    ...GOOD,
    name: 'capture-lost-a-burst',
    expects: ['capture-loss'],
    rewrite: edit((frames, { dice }) => {
      const large = frames.filter((frame) => read(frame).payloadBytes > 500)
      const lost = new Set(large.slice(large.length / 2).slice(0, dice.between(5, 12)))
      return frames.filter((frame) => !lost.has(frame))
    }),
  },
  {
    ...GOOD,
    name: 'frames-cut-by-snap-length',
    expects: ['capture-snapped'],
    rewrite: edit((frames) => frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, 66) })), 66),
  },
  {
    ...GOOD,
    name: 'headers-cut-by-snap-length',
    expects: ['capture-snapped'],
    rewrite: edit((frames) => frames.map((frame) => ({ ...frame, bytes: frame.bytes.subarray(0, 40) })), 40),
  },
  {
    ...GOOD,
    name: 'clock-set-back',
    expects: ['capture-time-backwards'],
    rewrite: edit((frames) =>
      frames.map((frame, index) =>
        index < frames.length / 2 ? frame : { ...frame, timeNs: frame.timeNs - 5_000_000_000n },
      ),
    ),
  },
  {
    ...GOOD,
    name: 'every-frame-twice',
    expects: ['capture-duplicate-frames'],
    rewrite: edit((frames) => frames.flatMap((frame) => [frame, { ...frame, timeNs: frame.timeNs + 3000n }])),
  },
  {
    ...GOOD,
    name: 'file-cut-off',
    expects: ['capture-truncated'],
    rewrite: (file, { dice }) => file.subarray(0, recordStart(file, 40) + dice.between(3, 50)),
  },
  {
    ...GOOD,
    name: 'record-length-wrong',
    expects: ['capture-damaged'],
    rewrite: (file) => {
      const damaged = Buffer.from(file)
      damaged.writeUInt32LE(0x7fff_ffff, recordStart(file, 30) + 8)
      return damaged
    },
  },
  {
    ...GOOD,
    name: 'file-without-packets',
    expects: ['capture-empty'],
    rewrite: (file) => file.subarray(0, 24),
  },
  {
    ...GOOD,
    name: 'other-bytes-in-repetition',
    expects: ['tcp-overlap-conflict'],
    rewrite: edit((frames) => {
      const at = frames.findIndex((frame) => read(frame).payloadBytes > 100 && packet.sourcePort === 80)
      const copy = forgedCopy(frames[at])
      const forged = { ...frames[at], bytes: copy, timeNs: frames[at].timeNs + 900_000n }
      return [...frames.slice(0, at + 1), forged, ...frames.slice(at + 1)]
    }),
  },
  {
    ...GOOD,
    name: 'captured-from-the-middle-of-a-slow-answer',
    expects: ['capture-one-sided'],
    rewrite: edit((frames) => frames.slice(12).filter((frame) => read(frame).sourcePort === 80)),
  },
]
