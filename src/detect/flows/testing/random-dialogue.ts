import { synOptions, TCP_FLAG, tcpOptions } from '../../../wire/packet/testing/index.ts'
import type { Dice } from './dice.ts'
import type { Step } from './dialogue.ts'

interface Side {
  next: number
  window: number
  /** What the other side acknowledged of it. */
  acknowledged: number
  readonly sent: { readonly sequence: number; readonly payloadBytes: number }[]
}

const WINDOWS = [0, 0, 1, 100, 500, 1000, 3000]
const SIZES = [1, 1, 10, 100, 100, 500, 1000]

/** A conversation as no honest hosts would have it: segments are left out, sent again, probes, closed windows, anything. */
export function randomDialogue(dice: Dice, clientPort: number): Step[] {
  const steps: Step[] = []
  const sides: readonly [Side, Side] = [newSide(1000), newSide(2000)]
  const wait = (): number => (dice.chance(0.7) ? dice.below(2000) : dice.below(dice.chance(0.5) ? 30_000 : 400_000))
  const send = (who: number, step: Partial<Segment>): void => {
    const { sequence = sides[who].next, payloadBytes = 0, control = TCP_FLAG.ack, options } = step
    steps.push([
      who === 0 ? 'c' : 's',
      sequence,
      sides[1 - who].acknowledged,
      payloadBytes,
      {
        control,
        window: sides[who].window,
        clientPort,
        afterMicros: wait(),
        ...(options !== undefined && { options }),
      },
    ])
  }
  if (dice.chance(0.8)) handshake(dice, send)
  for (let left = dice.below(60); left > 0; left--) turn(dice, sides, send)
  return steps
}

interface Segment {
  readonly sequence: number
  readonly payloadBytes: number
  readonly control: number
  readonly options: Buffer
}

type Send = (who: number, step: Partial<Segment>) => void

function newSide(window: number): Side {
  return { next: 1, window, acknowledged: 1, sent: [] }
}

function handshake(dice: Dice, send: Send): void {
  const options = dice.chance(0.7) ? synOptions(1460, dice.below(9)) : tcpOptions([2, Buffer.from([5, 0xb4])])
  const syn = { control: TCP_FLAG.syn, sequence: 0, options }
  send(0, syn)
  if (dice.chance(0.1)) send(0, syn)
  const answer = { control: TCP_FLAG.syn | TCP_FLAG.ack, sequence: 0, options }
  if (dice.chance(0.9)) send(1, answer)
  if (dice.chance(0.1)) send(1, answer)
  if (dice.chance(0.9)) send(0, {})
}

function turn(dice: Dice, sides: readonly [Side, Side], send: Send): void {
  const who = dice.below(2)
  const me = sides[who]
  const peer = sides[1 - who]
  if (dice.chance(0.1)) me.window = dice.pick(WINDOWS)
  const kind = dice.next()
  if (kind < 0.35) sendNew(dice, me, who, send)
  else if (kind < 0.6) {
    const known = peer.sent.slice(-4)
    if (dice.chance(0.8))
      peer.acknowledged = dice.chance(0.8) || known.length === 0 ? peer.next : endOf(dice.pick(known))
    send(who, {})
  } else if (kind < 0.7) for (let left = dice.below(4); left >= 0; left--) send(who, {})
  else if (kind < 0.85 && me.sent.length > 0) {
    const { sequence, payloadBytes } = dice.pick(me.sent.slice(-5))
    send(who, { sequence, payloadBytes: dice.chance(0.8) ? payloadBytes : 1 + dice.below(payloadBytes * 2) })
  } else if (kind < 0.88) send(who, { sequence: me.next - 1, payloadBytes: dice.below(2) })
  else if (kind < 0.9) send(who, { payloadBytes: 1 })
  else if (kind < 0.92) {
    const payloadBytes = Math.max(1, Math.min(1400, peer.window))
    send(who, { payloadBytes })
    me.next += payloadBytes
  } else if (kind < 0.93) {
    send(who, { control: TCP_FLAG.fin | TCP_FLAG.ack })
    me.next++
  } else if (kind < 0.94) send(who, { control: TCP_FLAG.rst | TCP_FLAG.ack })
}

function sendNew(dice: Dice, me: Side, who: number, send: Send): void {
  const payloadBytes = dice.pick(SIZES)
  if (dice.chance(0.9)) send(who, { payloadBytes, control: TCP_FLAG.ack | TCP_FLAG.psh })
  me.sent.push({ sequence: me.next, payloadBytes })
  me.next += payloadBytes
}

function endOf({ sequence, payloadBytes }: { readonly sequence: number; readonly payloadBytes: number }): number {
  return sequence + payloadBytes
}
