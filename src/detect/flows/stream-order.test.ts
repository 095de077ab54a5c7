import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { TCP_FLAG as CONTROL } from '../../wire/packet/testing/index.ts'
import type { Direction, DissectorFactory, FlowEnds, StreamDissector } from './contract.ts'
import { StreamOrder } from './stream-order.ts'
import { WaitingRoom } from './waiting-segments.ts'
import { analyseCapture, captureOf, framesOf, HANDSHAKE, type Step } from './testing/dialogue.ts'

/** Writes down what it is given; wants no more than `limitBytes` of each direction. */
class Recorder implements StreamDissector {
  readonly text: [string, string] = ['', '']
  ended = ''
  readonly #limitBytes: number

  constructor(limitBytes: number = Infinity) {
    this.#limitBytes = limitBytes
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number): boolean {
    this.text[direction] += bytes.toString('latin1', start, end)
    return this.text[direction].length < this.#limitBytes
  }

  gap(direction: Direction, sizeBytes: number): boolean {
    this.text[direction] += `[${sizeBytes}]`
    return true
  }

  end(how: string, by: Direction | undefined): void {
    this.ended += `${how}/${by ?? '-'}`
  }
}

const AT = { frame: 1, timeNs: 0 }
const ENDS: FlowEnds = {
  id: 0,
  protocol: 6,
  client: 1,
  clientPort: 1,
  server: 2,
  serverPort: 2,
  vlan: undefined,
  innerVlan: undefined,
  tunnel: undefined,
}
const ORIGIN = 4_294_967_290 | 0

function pushAll(text: string, pieces: readonly (readonly [start: number, end: number])[]): Recorder {
  const recorder = new Recorder()
  const room = new WaitingRoom()
  const order = new StreamOrder(ENDS, recorder, room)
  order.begin(0, ORIGIN)
  const bytes = Buffer.from(text, 'latin1')
  for (const [start, end] of pieces) {
    order.push(0, { sequence: (ORIGIN + start) | 0, bytes, start, end, wireBytes: end - start }, undefined, AT)
  }
  order.end('open', undefined, AT)
  assert.equal(room.usedBytes, 0)
  return recorder
}

test('segments in any order, cut in any way and sent several times, give the stream once', () => {
  const piece = fc
    .tuple(fc.nat(40), fc.nat(40))
    .map(([one, other]) => [Math.min(one, other), Math.max(one, other)] as const)
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = Array.from({ length: 40 }, (_, index) => String.fromCharCode(65 + index)).join('')
      const covering = [...pieces, ...Array.from({ length: 8 }, (_, n) => [35 - n * 5, 40 - n * 5] as const)]
      assert.equal(
        pushAll(
          text,
          covering.filter(([start, end]) => start < end),
        ).text[0],
        text,
      )
    }),
  )
})

test('what never comes is a gap', () => {
  assert.equal(
    pushAll('abcdefghij', [
      [0, 3],
      [5, 7],
      [8, 10],
    ]).text[0],
    'abc[2]fg[1]ij',
  )
})

const WANTED = (recorder: Recorder): DissectorFactory => ({ stream: () => recorder, datagram: () => undefined })

function read(steps: readonly Step[], recorder: Recorder = new Recorder()): Recorder {
  analyseCapture(captureOf(framesOf(steps)), { dissectors: WANTED(recorder) })
  return recorder
}

const text = (value: string): { readonly payload: Buffer } => ({ payload: Buffer.from(value) })

test('both directions of a flow, to its orderly end', () => {
  const recorder = read([
    ...HANDSHAKE,
    ['c', 6, 1, 0, text('world')],
    ['c', 1, 1, 0, text('hello')],
    ['s', 1, 11, 0, text('yes')],
    ['c', 11, 4, 0, { control: CONTROL.fin | CONTROL.ack }],
    ['s', 4, 12, 0, { control: CONTROL.fin | CONTROL.ack }],
    ['c', 12, 5, 0],
  ])
  assert.deepEqual([recorder.text, recorder.ended], [['helloworld', 'yes'], 'fin/0'])
})

test('what the receiver has and the capture has not is a gap at once', () => {
  const recorder = read([
    ...HANDSHAKE,
    ['c', 1, 1, 0, text('abc')],
    ['s', 1, 7, 0],
    ['c', 7, 1, 0, text('ghi')],
    ['s', 1, 10, 0, { control: CONTROL.rst | CONTROL.ack }],
    ['c', 10, 1, 0, text('late')],
  ])
  assert.deepEqual([recorder.text[0], recorder.ended], ['abc[3]ghi', 'reset/1'])
})

test('a stream whose beginning is missing starts with an empty gap', () => {
  assert.deepEqual(read([['c', 500, 1, 0, text('abc')]]).text[0], '[0]abc')
})

test('who wants no more is left alone', () => {
  const recorder = read([...HANDSHAKE, ['c', 1, 1, 0, text('abc')], ['c', 4, 1, 0, text('def')]], new Recorder(3))
  assert.deepEqual([recorder.text[0], recorder.ended], ['abc', 'open/-'])
})

test('a reader is told of the end at once, also when it wanted no more', () => {
  const recorder = read(
    [
      ...HANDSHAKE,
      ['c', 1, 1, 0, text('abc')],
      ['c', 4, 1, 0, text('def')],
      ['c', 7, 1, 0, { control: CONTROL.fin | CONTROL.ack }],
      ['s', 1, 8, 0, { control: CONTROL.fin | CONTROL.ack }],
      ['c', 8, 2, 0],
    ],
    new Recorder(3),
  )
  assert.deepEqual([recorder.text[0], recorder.ended], ['abc', 'fin/0'])
})

test('what waits is bounded', () => {
  const recorder = new Recorder()
  const order = new StreamOrder(ENDS, recorder, new WaitingRoom())
  order.begin(0, 0)
  const bytes = Buffer.alloc(1400, 'x')
  for (let n = 1; n <= 3000; n++) {
    order.push(0, { sequence: n * 1400, bytes, start: 0, end: 1400, wireBytes: 1400 }, undefined, AT)
  }
  assert.ok(recorder.text[0].startsWith('[1400]xxx'))
})
