import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RingFrame, RingFrames } from './ring-frames.ts'

const BLOCK_BYTES = 4096
const BLOCKS = 3
const FIRST_AT = 48
const FRAME = Buffer.from('020000000002020000000001080045000000', 'hex')

interface Placed {
  readonly frame: Buffer
  readonly isOutgoing?: boolean
  readonly vlan?: { readonly tag: number; readonly type?: number }
}

/** Writes packets into a block as the kernel does, and hands it over. */
function fillBlock(memory: ArrayBuffer, block: number, packets: readonly Placed[]): void {
  const start = block * BLOCK_BYTES
  const view = new DataView(memory, start, BLOCK_BYTES)
  const bytes = Buffer.from(memory, start, BLOCK_BYTES)
  view.setUint32(12, packets.length, true)
  view.setUint32(16, FIRST_AT, true)
  let at = FIRST_AT
  for (const [index, { frame, isOutgoing, vlan }] of packets.entries()) {
    const next = (82 + frame.length + 15) & ~15
    view.setUint32(at, index === packets.length - 1 ? 0 : next, true)
    view.setUint32(at + 4, 1_795_000_000, true)
    view.setUint32(at + 8, index, true)
    view.setUint32(at + 12, frame.length, true)
    view.setUint32(at + 16, frame.length + 100, true)
    view.setUint32(at + 20, vlan === undefined ? 1 : 1 | 0x10 | (vlan.type === undefined ? 0 : 0x40), true)
    view.setUint16(at + 24, 82, true)
    view.setUint32(at + 32, vlan?.tag ?? 0, true)
    view.setUint16(at + 36, vlan?.type ?? 0, true)
    bytes[at + 48 + 10] = isOutgoing === true ? 4 : 0
    frame.copy(bytes, at + 82)
    at += next
  }
  view.setUint32(8, 1, true)
}

function drained(frames: RingFrames): (RingFrame & { readonly hex: string })[] {
  const found: (RingFrame & { readonly hex: string })[] = []
  frames.drain((frame) => found.push({ ...frame, hex: frame.bytes.toString('hex', frame.start, frame.end) }))
  return found
}

test('packets of handed-over blocks are read once, in order, and the blocks go back', () => {
  const memory = new ArrayBuffer(BLOCK_BYTES * BLOCKS)
  const frames = new RingFrames(memory, BLOCK_BYTES, BLOCKS)
  assert.equal(drained(frames).length, 0)
  fillBlock(memory, 0, [{ frame: FRAME }, { frame: FRAME.subarray(0, 15), isOutgoing: true }])
  fillBlock(memory, 1, [{ frame: FRAME }])
  const found = drained(frames)
  assert.deepEqual(
    found.map(({ hex, isOutgoing, nanoseconds, originalBytes }) => [hex, isOutgoing, nanoseconds, originalBytes]),
    [
      [FRAME.toString('hex'), false, 0, 118],
      [FRAME.toString('hex', 0, 15), true, 1, 115],
      [FRAME.toString('hex'), false, 0, 118],
    ],
  )
  assert.equal(drained(frames).length, 0)
  for (const block of [2, 0, 1]) {
    fillBlock(memory, block, [{ frame: FRAME }])
    assert.equal(drained(frames).length, 1, `block ${block}`)
  }
})

test('VLAN tags that the kernel took out are put back', () => {
  const memory = new ArrayBuffer(BLOCK_BYTES * BLOCKS)
  const frames = new RingFrames(memory, BLOCK_BYTES, BLOCKS)
  fillBlock(memory, 0, [
    { frame: FRAME, vlan: { tag: 0x2064 } },
    { frame: FRAME, vlan: { tag: 7, type: 0x88a8 } },
  ])
  const [macs, rest] = [FRAME.toString('hex', 0, 12), FRAME.toString('hex', 12)]
  assert.deepEqual(
    drained(frames).map(({ hex, originalBytes }) => [hex, originalBytes]),
    [
      [`${macs}81002064${rest}`, 122],
      [`${macs}88a80007${rest}`, 122],
    ],
  )
})
