import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { attackOf, hostOf, type Mix } from '../src/detect/flood/testing/mixes.ts'
import type { TimedFrame, Traffic } from '../src/detect/flood/testing/traffic.ts'
import { RandomNumbers } from '../src/detect/flood/random.ts'
import { FrameCannon, type FrameKind, FRAME_KINDS } from './floods-lab-cable.ts'
import { ATTACK_SLICE_MS, LAB_MIXES, type Plan, type SentReport, type Victim } from './floods-lab-plan.ts'

const TICK_MS = 4
/** As busy as the machine may be. */
const LATE_MOST_MS = 30
const IPV4_NETWORK_AT = 32
const IPV6_NETWORK_AT = 44
const IPV4_NETWORK = 100
const TYPE_AT = 12
const PROTOCOL_AT = 23
const FLAGS_AT = 47
const [TCP, SYN] = [6, 0x02]

/** What goes to one victim. */
class Stream {
  readonly #index: number
  readonly #victim: Victim
  readonly #random: RandomNumbers
  readonly #good: readonly Traffic[]
  readonly #attack: Traffic | undefined
  /** When the attack began by the clock of the machine. */
  #attackedAtMs: number | undefined
  readonly sent = new Map<number, number>()

  constructor(index: number, victim: Victim, mix: Mix, seed: number) {
    this.#index = index
    this.#victim = victim
    this.#random = new RandomNumbers(seed + index)
    this.#good = mix.good(hostOf(mix), victim.attackFromMs)
    this.#attack = attackOf(mix, victim.attackFromMs, this.#random)
  }

  /** Sends the frames of a span of time. */
  send(cannon: FrameCannon, macs: Buffer, fromMs: number, toMs: number): void {
    const { goodFromMs, attackFromMs, attackUntilMs } = this.#victim
    if (toMs <= goodFromMs || fromMs >= attackUntilMs) return
    for (const traffic of this.#good) {
      for (const frame of traffic.frames(fromMs, toMs, this.#random)) this.#load(cannon, macs, frame, true)
    }
    if (toMs <= attackFromMs) return
    this.#attackedAtMs ??= Date.now()
    for (const frame of this.#attack?.frames(fromMs, toMs, this.#random) ?? []) this.#load(cannon, macs, frame, false)
  }

  get attackedAtMs(): number {
    return this.#attackedAtMs ?? 0
  }

  #load(cannon: FrameCannon, macs: Buffer, { head, frameBytes }: TimedFrame, isGood: boolean): void {
    const frame = cannon.load(head, frameBytes)
    const isIpv4 = frame[TYPE_AT] === 8
    if (isIpv4) frame[IPV4_NETWORK_AT] = IPV4_NETWORK + this.#index
    else frame.writeUInt16BE(this.#index + 1, IPV6_NETWORK_AT)
    const isOpening = isIpv4 && frame[PROTOCOL_AT] === TCP && (frame[FLAGS_AT] & 0x12) === SYN
    const kind: FrameKind = isGood ? (isOpening ? 'opening' : 'good') : 'attack'
    const sinceMs = this.#attackedAtMs === undefined ? -1 : Date.now() - this.#attackedAtMs
    const slice = isGood ? Number(sinceMs >= 0) : Math.floor(sinceMs / ATTACK_SLICE_MS)
    macs.copy(frame, 0)
    const mark = FRAME_KINDS.indexOf(kind) * 0x100_0000 + this.#index * 0x1_0000 + slice
    frame.writeUInt16BE(0x02f7, 6)
    frame.writeUInt32BE(mark, 8)
    this.sent.set(mark, (this.sent.get(mark) ?? 0) + 1)
  }
}

/** Runs a plan that comes as the first argument, and prints what was sent. */
async function send(plan: Plan): Promise<SentReport> {
  const cannon = new FrameCannon(plan.interfaceIndex)
  const macs = Buffer.from(plan.destination.replaceAll(':', ''), 'hex')
  const streams = plan.victims.map((victim, index) => {
    const mix = LAB_MIXES.find(({ name }) => name === victim.mix)
    if (mix === undefined) throw new Error(`no mix is called ${victim.mix}`)
    return new Stream(index, victim, mix, plan.seed)
  })
  let [zero, lostMs] = [performance.now(), 0]
  for (let fromMs = 0; fromMs < plan.untilMs; fromMs += TICK_MS) {
    const lateMs = performance.now() - zero - fromMs - TICK_MS
    if (lateMs < 0) await sleep(-lateMs)
    else if (lateMs > LATE_MOST_MS) {
      // What could not be sent in time is sent later: all at once it would be another flood.
      zero += lateMs
      lostMs += lateMs
    }
    for (const stream of streams) stream.send(cannon, macs, fromMs, fromMs + TICK_MS)
    cannon.fire()
  }
  const sent = streams.flatMap((stream) => [...stream.sent])
  return {
    attackedAtMs: streams.map(({ attackedAtMs }) => attackedAtMs),
    lostMs,
    sent: Object.fromEntries(sent.map(([mark, count]) => [String(mark), count])),
  }
}

const report = await send(JSON.parse(process.argv[2]) as Plan)
process.stdout.write(`${JSON.stringify(report)}\n`)
