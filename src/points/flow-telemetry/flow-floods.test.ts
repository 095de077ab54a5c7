import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FlowRecord, parseIp } from '#wire'
import { type FlowFloodChange, FlowFloods } from './flow-floods.ts'

const START_MS = 1_795_000_000_000
const VICTIM = parseIp('203.0.113.7')!
const DELAY_MS = 20_000
const CONFIG = {
  mode: 'log',
  delayMs: DELAY_MS,
  learnMs: 60_000,
  sensitivity: 'medium',
  thresholds: {},
  protect: [],
} as const

interface FlowOptions {
  readonly source: number
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
  readonly packets: number
  readonly bytes: number
  readonly startMs: number
  readonly endMs: number
  readonly samplingRate?: number
  readonly flags?: number
}

function flow(options: FlowOptions): FlowRecord {
  const { source, protocol, flags = -1, samplingRate = 1, ...rest } = options
  const fields = { source, destination: VICTIM, ipProtocol: protocol, tcpFlags: flags, samplingRate, ...rest }
  return Object.assign(new FlowRecord(), fields)
}

/** Visitors of a web server: some connections a second, told some seconds after they ended. */
function visitors(floods: FlowFloods, second: number): void {
  for (let n = 0; n < 20; n++) {
    const startMs = START_MS + second * 1000 + n * 40
    const source = 0xc633_6400 + ((second * 7 + n) % 200)
    const ports = { sourcePort: 30_000 + ((second * 20 + n) % 20_000), destinationPort: 443 }
    const sizes = { packets: 12, bytes: 6000 + n * 100 }
    floods.add(
      flow({ source, protocol: 6, flags: 0x1b, ...ports, ...sizes, startMs, endMs: startMs + 3000 }),
      startMs + 9000,
    )
  }
}

/** Runs seconds of traffic through; `attack` adds its flows of a second. */
function run(seconds: number, attack: (floods: FlowFloods, second: number) => void): FlowFloodChange[] {
  const floods = new FlowFloods(CONFIG, undefined)
  const changes: FlowFloodChange[] = []
  for (let second = 0; second < seconds; second++) {
    visitors(floods, second)
    attack(floods, second)
    changes.push(...floods.tick(START_MS + second * 1000 + 9500))
  }
  return changes
}

test('ordinary flows are no flood', () => {
  assert.deepEqual(
    run(240, () => {}),
    [],
  )
})

test('an amplification flood is found in exported flows, and described in their fields', () => {
  const changes = run(240, (floods, second) => {
    if (second < 150 || second >= 180) return
    for (let n = 0; n < 50; n++) {
      const startMs = START_MS + second * 1000
      const reflector = 0x0a00_0000 + second * 50 + n
      const ports = { sourcePort: 123, destinationPort: 30_000 + n }
      const sizes = { packets: 40, bytes: 40 * 468 }
      floods.add(
        flow({ source: reflector, protocol: 17, ...ports, ...sizes, startMs, endMs: startMs + 900 }),
        startMs + 9000,
      )
    }
  })
  assert.deepEqual([...new Set(changes.map(({ kind }) => kind))], ['began', 'described', 'ended'])
  const [began] = changes
  assert.equal(began.attack.destination, '203.0.113.7')
  assert.equal(began.attack.class, 'udp')
  assert.ok(Math.abs(began.attack.peakRate - 2000) < 1000, String(began.attack.peakRate))
  const filters = changes.flatMap((change) => (change.kind === 'described' ? [change.filter] : []))
  assert.ok(
    filters.some((filter) => filter.includes('ip.dst == 203.0.113.7') && filter.includes('123')),
    filters.join('\n'),
  )
})

test('samples of sFlow show a flood of opening segments', () => {
  const changes = run(240, (floods, second) => {
    if (second < 150 || second >= 180) return
    for (let n = 0; n < 8; n++) {
      const startMs = START_MS + second * 1000 + n * 100
      const ports = { sourcePort: 1024 + ((n * 977 + second * 31) % 60_000), destinationPort: 443 }
      const one = { packets: 1, bytes: 40, samplingRate: 1000, flags: 2 }
      floods.add(
        flow({ source: 0x0b00_0000 + second * 977 + n * 31, protocol: 6, ...ports, ...one, startMs, endMs: startMs }),
        startMs,
      )
    }
  })
  const [began] = changes
  assert.deepEqual([began?.kind, began?.attack.class], ['began', 'syn'])
})

test('what comes too late is counted, and memory stays bounded', () => {
  const floods = new FlowFloods(CONFIG, undefined)
  floods.tick(START_MS)
  const old = { source: 1, protocol: 17, sourcePort: 1, destinationPort: 2, packets: 10, bytes: 400 }
  const endMs = START_MS - 3_600_000
  floods.add(flow({ ...old, startMs: endMs - 100_000, endMs }), START_MS)
  assert.equal(floods.late, 10)
  const again = new FlowFloods(CONFIG, floods.memory())
  assert.deepEqual(again.attacks(), [])
})
