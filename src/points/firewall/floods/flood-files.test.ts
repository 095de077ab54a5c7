import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import type { FloodMemory, Mitigation } from '#detect'
import { readCapture } from '../../../wire/pcap/testing/read-capture.ts'
import { FloodFiles } from './flood-files.ts'
import { FloodLog } from './flood-log.ts'

const home = mkdtempSync(path.join(tmpdir(), 'tidegate-floods-'))
after(() => rmSync(home, { recursive: true, force: true }))

const MEMORY: FloodMemory = { version: 1, baselines: [], goodPackets: [], vetoes: [] }

function mitigation(id: string, samples: number): Mitigation {
  const counter = {
    class: 'udp',
    destination: '192.0.2.1',
    rate: 9000,
    threshold: 500,
    test: 'default',
    windowMs: 300,
  } as const
  const collateral = { matched: 0, of: 900, share: 0, lowest: 0, highest: 0.0033, source: 'everywhere' } as const
  return {
    id,
    attackId: 'attack',
    when: 'udp.srcport == 53',
    action: 'drop',
    step: 'drop',
    destination: '192.0.2.1',
    class: 'udp',
    evidence: {
      counter,
      sampledPackets: samples,
      estimatedPackets: samples * 8,
      sources: 3,
      coverage: 1,
      conditions: [{ text: 'udp.srcport == 53', attackShare: 1, baselineShare: 0 }],
      collateral,
      reason: 'a clean signature',
      samples: Array.from({ length: samples }, (_, at) => ({
        timeMs: 1_800_000_000_123.5 + at,
        isDropped: false,
        weight: 8,
        interfaceName: at % 2 === 0 ? 'eth0' : 'eth1',
        frameBytes: 1400,
        head: new Uint8Array(64).fill(at),
      })),
    },
    createdAtMs: 1_800_000_000_000,
    expiresAtMs: 1_800_000_060_000,
    isPinned: false,
    rearmedCount: 0,
  }
}

function faultless(folder: string): FloodFiles {
  return new FloodFiles(folder, (message) => assert.fail(message))
}

test('what was learnt comes back, and a damaged file is named and forgotten', async () => {
  const folder = path.join(home, 'memory')
  const files = faultless(folder)
  assert.equal(files.readMemory(), undefined)
  files.writeMemory(MEMORY)
  files.writeMemory({ ...MEMORY, vetoes: [{ id: 'a', when: 'udp', destination: '192.0.2.1', vetoedAtMs: 1 }] })
  await files.close()
  assert.equal(files.readMemory()?.vetoes[0].id, 'a')
  writeFileSync(path.join(folder, 'memory.json'), '{')
  const faults: string[] = []
  assert.equal(new FloodFiles(folder, (message) => faults.push(message)).readMemory(), undefined)
  assert.match(faults[0], /memory\.json cannot be read/)
})

test('the packets of the evidence stand in a capture with what they show', async () => {
  const folder = path.join(home, 'capture')
  const files = faultless(folder)
  const file = files.writeCapture(mitigation('flood-1', 3))
  await files.close()
  assert.equal(file, path.join(folder, 'flood-1.pcapng'))
  const { packets, interfaces, faults } = readCapture(readFileSync(file))
  assert.deepEqual([packets.length, interfaces.map(({ name }) => name), faults], [3, ['eth0', 'eth1'], []])
  assert.deepEqual([packets[1].time, packets[1].originalBytes], ['1800000000.124500000', 1400])
  assert.match(packets[0].comments[0], /flood-1 \(drop\) .*: udp\.srcport == 53\n.*above 500\n/)
  assert.match(packets[2].comments[0], /stands for 8/)
  assert.equal(files.writeCapture(mitigation('flood-2', 0)), undefined)
})

test('old captures make room', async () => {
  const folder = path.join(home, 'many')
  const files = faultless(folder)
  for (let count = 0; count < 210; count++) files.writeCapture(mitigation(`flood-${count}`, 1))
  await files.close()
  const left = readdirSync(folder)
  assert.equal(left.length, 200)
  assert.ok(left.includes('flood-209.pcapng'))
})

test('rules are remembered over a restart, without being in force', async () => {
  const files = faultless(path.join(home, 'records'))
  const log = new FloodLog(files)
  const now = mitigation('flood-1', 2)
  const packetsOf = () => 7
  log.take([{ kind: 'mitigationAdded', mitigation: now }], { mitigations: [now], attacks: [], vetoes: [] }, packetsOf)
  assert.deepEqual([log.find('flood-1')?.endedAtMs, log.find('flood-1')?.evidence.samples], [undefined, []])
  const nothing = { mitigations: [], attacks: [], vetoes: [] }
  log.take([{ kind: 'mitigationRemoved', mitigation: now, reason: 'expired' }], nothing, packetsOf)
  log.take([{ kind: 'mitigationAdded', mitigation: mitigation('flood-2', 0) }], nothing, packetsOf)
  await files.close()
  const later = new FloodLog(files).mitigations
  assert.deepEqual(
    later.map(({ id, endedBy, endedAtMs, packets }) => [id, endedBy, endedAtMs !== undefined, packets]),
    [
      ['flood-2', undefined, true, undefined],
      ['flood-1', 'expired', true, 7],
    ],
  )
  assert.match(later[1].capture ?? '', /flood-1\.pcapng$/)
})
