import { compilePolicyProgram } from '../program/policy-program.ts'
import type { PacketSample } from '../process/messages.ts'
import { FloodWatch } from './flood-watch.ts'

const TICK_MS = 50
const TICKS = 24
/** Ticks of traffic that nobody would call a flood, before the one that is made up. */
const CALM_TICKS = 6
const CALM_SAMPLES = 4
const FLOOD_SAMPLES = 200
const START_MS = 1_800_000_000_000

/** Ethernet, IPv4 and UDP towards 192.0.2.1 port 53, with the lengths of a datagram of 18 bytes. */
const TEMPLATE = Buffer.from(
  '0200000000020200000000010800' + '4500002e000000004011000000000000c0000201' + '00000035001a0000' + '00'.repeat(18),
  'hex',
)
const AT = { id: 18, timeToLive: 22, source: 26, sourcePort: 34, payload: 42 } as const

/**
 * Lets an engine find a flood that is made up, and compiles the rules against it; nothing of it comes into force. The first
 * real flood then does not wait until the runtime has translated all that code. Returns how many rules were found.
 */
export function warmUpFloods(): number {
  const settings = {
    mode: 'mitigate',
    learnMs: 1000,
    sensitivity: 'medium',
    protect: [],
    steps: { synCookie: false },
  } as const
  const watch = new FloodWatch(settings, undefined)
  for (let tick = 0; tick < TICKS; tick++) {
    const nowMs = START_MS + tick * TICK_MS
    const samples = tick < CALM_TICKS ? CALM_SAMPLES : FLOOD_SAMPLES
    for (let number = 0; number < samples; number++) watch.add(madeUp(tick * FLOOD_SAMPLES + number, nowMs))
    watch.tick(nowMs + TICK_MS)
  }
  const rules = watch.rules.map((rule) => ({ phase: 'packet_ddos', rule }) as const)
  compilePolicyProgram({ rules, lists: [], management: [] })
  watch.memory()
  return rules.length
}

function madeUp(number: number, timeMs: number): PacketSample {
  const frame = Buffer.from(TEMPLATE)
  frame.writeUInt16BE(number & 0xffff, AT.id)
  frame.writeUInt8(48 + (number % 8), AT.timeToLive)
  frame.writeUInt32BE((0xc612_0000 + number * 7919) >>> 0, AT.source)
  frame.writeUInt16BE(1024 + ((number * 37) % 60_000), AT.sourcePort)
  frame.writeUInt32BE((number * 2_654_435_761) >>> 0, AT.payload)
  const head = new Uint8Array(frame)
  return { timeMs, isDropped: false, weight: 8, interfaceName: '', direction: 'in', frameBytes: frame.length, head }
}
