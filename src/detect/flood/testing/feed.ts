import { type IpAddress, parseIp } from '#wire'
import type { FloodChange, FloodEngine, FloodSample, FloodSettings } from '../contract.ts'
import type { RandomNumbers } from '../random.ts'
import { makeFrame, udpBody } from './frame.ts'

const TICK_MS = 50

export const VICTIM = parseIp('198.51.100.20') as IpAddress
export const START_MS = 1_800_000_000_000

export const SETTINGS: FloodSettings = {
  mode: 'mitigate',
  learnMs: 5000,
  sensitivity: 'medium',
  protect: [],
  steps: { synCookie: false },
}

type SampleParts = Pick<FloodSample, 'timeMs'> & Partial<Pick<FloodSample, 'isDropped' | 'ruleId' | 'weight'>>

/** A packet of a flood of datagrams from anywhere, as long as it is. */
export function floodSample(parts: SampleParts, random: RandomNumbers, destination: IpAddress = VICTIM): FloodSample {
  const body = udpBody(random.between(1024, 65_535), 7777, Buffer.from('flood'), 400)
  const source = 0x0b00_0000 + random.below(0x1000_0000)
  const frame = makeFrame({ source, destination, protocol: 17, ttl: 77, body, bodyBytes: 408 })
  return { isDropped: false, weight: 1, interfaceName: 'eth0', ...frame, ...parts }
}

/** A packet of one of some good senders. */
export function goodSample(parts: SampleParts, random: RandomNumbers, destination: IpAddress = VICTIM): FloodSample {
  const sender = random.below(50)
  const body = udpBody(4000 + sender, 5000, Buffer.from([random.below(256), 1, 2, 3]), 60 + random.below(100))
  const source = 0x5900_0000 + sender
  const frame = makeFrame({
    source,
    destination,
    protocol: 17,
    ttl: 50 + (sender % 8),
    body,
    bodyBytes: body.length + 90,
  })
  return { isDropped: false, weight: 1, interfaceName: 'eth0', ...frame, ...parts }
}

type Make = (timeMs: number) => FloodSample

/** Feeds samples at rates of samples a second, with ticks, from one time to another; returns all changes. */
export function feed(
  engine: FloodEngine,
  fromMs: number,
  toMs: number,
  rates: readonly (readonly [perSecond: number, make: Make])[],
): readonly FloodChange[] {
  const changes: FloodChange[] = []
  for (let nowMs = fromMs; nowMs < toMs; nowMs += TICK_MS) {
    for (const [perSecond, make] of rates) {
      const count = (perSecond * TICK_MS) / 1000
      for (let index = 0; index < count; index++) engine.add(make(nowMs + (index * TICK_MS) / count))
    }
    changes.push(...engine.tick(nowMs + TICK_MS))
  }
  return changes
}
