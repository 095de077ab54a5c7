import { performance } from 'node:perf_hooks'
import { LINK_TYPE, Packet, PROTOCOL } from '#wire'
import { Dice } from './dice.ts'
import { injected } from './injection.ts'
import { PacketSocket } from './packet-socket.ts'
import type { Impairment, WireSettings } from './wire-settings.ts'

/**
 * A cable between two interfaces that delays, loses and changes frames: `wire-process.ts CLIENT-SIDE SERVER-SIDE SETTINGS`.
 * Kernels of small machines come without such a queueing discipline.
 */
const [clientSide, serverSide, settingsText] = process.argv.slice(2)
const settings = JSON.parse(settingsText) as WireSettings
const dice = new Dice(settings.seed ?? 1)
const packet = new Packet('outer')

interface Waiting {
  readonly atMs: number
  readonly frame: Buffer
}

/** One direction: where frames come from, where they go, and those on their way. */
class Lane {
  readonly from: PacketSocket
  readonly to: PacketSocket
  readonly #impairment: Impairment
  readonly #waiting: Waiting[] = []
  #payloads = 0
  #firstPayloadMs = 0
  #freeAtMs = 0
  #lastMs = 0

  constructor(from: PacketSocket, to: PacketSocket, impairment: Impairment) {
    this.from = from
    this.to = to
    this.#impairment = impairment
  }

  take(frame: Buffer, nowMs: number): void {
    const { longestBytes, duplicates = 0, corruption = 0 } = this.#impairment
    const payloadBytes = payloadOf(frame)
    if (payloadBytes > 0 && this.#payloads++ === 0) this.#firstPayloadMs = nowMs
    if (longestBytes !== undefined && frame.length > longestBytes) return
    if (this.#isDead(nowMs) || (payloadBytes > 0 && this.#isLost())) return
    if (payloadBytes > 4 && dice.roll() < corruption) frame[frame.length - 2] ^= 0x55
    this.#queue(frame, nowMs)
    if (dice.roll() < duplicates) this.#queue(frame, nowMs)
  }

  #isDead(nowMs: number): boolean {
    const { deadAfterMs } = this.#impairment
    return deadAfterMs !== undefined && this.#payloads > 0 && nowMs > this.#firstPayloadMs + deadAfterMs
  }

  #isLost(): boolean {
    const { loss = 0, loseFrames = [] } = this.#impairment
    return loseFrames.includes(this.#payloads) || dice.roll() < loss
  }

  #queue(frame: Buffer, nowMs: number): void {
    const { delayMs = 0, jitterMs, reordering = 0, rateKbit, queueFrames = 50, freeze } = this.#impairment
    let atMs = nowMs
    if (rateKbit !== undefined) {
      const frameMs = (frame.length * 8) / rateKbit
      if (this.#freeAtMs - nowMs > frameMs * queueFrames) return
      this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + frameMs
      atMs = this.#freeAtMs
    }
    atMs += delayMs + (jitterMs === undefined ? 0 : dice.roll() * jitterMs)
    if (freeze !== undefined) atMs = afterFreeze(atMs, freeze)
    if (dice.roll() < reordering) atMs += 3 + dice.roll() * 4
    else if (jitterMs === undefined && reordering === 0) atMs = this.#lastMs = Math.max(atMs, this.#lastMs)
    let place = this.#waiting.length
    while (place > 0 && this.#waiting[place - 1].atMs > atMs) place--
    this.#waiting.splice(place, 0, { atMs, frame })
  }

  release(nowMs: number): void {
    let due = 0
    while (due < this.#waiting.length && this.#waiting[due].atMs <= nowMs) this.to.send(this.#waiting[due++].frame)
    this.#waiting.splice(0, due)
  }
}

/** A path that stands still now and then lets everything through at once when it goes on. */
function afterFreeze(atMs: number, { everyMs, lengthMs }: NonNullable<Impairment['freeze']>): number {
  const place = atMs % everyMs
  return place < lengthMs ? atMs - place + lengthMs : atMs
}

function payloadOf(frame: Buffer): number {
  packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
  return packet.transport === PROTOCOL.tcp || packet.transport === PROTOCOL.udp ? packet.payloadBytes : 0
}

const client = new PacketSocket(clientSide)
const server = new PacketSocket(serverSide)
const up = new Lane(client, server, settings.up ?? {})
const down = new Lane(server, client, settings.down ?? {})

function turn(): void {
  const nowMs = performance.now()
  for (const lane of [up, down]) {
    for (let frame = lane.from.receive(); frame !== undefined; frame = lane.from.receive()) {
      const forged = lane === up && settings.inject !== undefined ? injected(frame, settings.inject) : undefined
      if (forged !== undefined) {
        for (const answer of forged.toClient) client.send(answer)
        for (const answer of forged.toServer) server.send(answer)
      }
      lane.take(frame, nowMs)
    }
    lane.release(nowMs)
  }
  setTimeout(turn, 1)
}

process.stdout.write('ready\n')
turn()
