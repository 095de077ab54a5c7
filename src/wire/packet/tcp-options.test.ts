import assert from 'node:assert/strict'
import test from 'node:test'
import { findTcpOption, optionsEnd, TCP_OPTION } from './tcp-options.ts'
import { ethernet, ipv4, synOptions, tcp } from './testing/index.ts'
import { readFrame } from './testing/read-frame.ts'

function packetWith(options: Buffer): Buffer {
  return ethernet(
    ipv4({ source: '192.0.2.1', destination: '192.0.2.2' }, tcp({ sourcePort: 1, destinationPort: 2, options })),
  )
}

/** Offset of the option among the options, or -1. */
function find(options: string | Buffer, kind: number, sizeBytes: number): number {
  const packet = readFrame(packetWith(typeof options === 'string' ? Buffer.from(options, 'hex') : options), 'outer')
  const at = findTcpOption(packet, kind, sizeBytes)
  return at < 0 ? -1 : at - packet.transportStart - 20
}

const MSS = TCP_OPTION.maximumSegmentSize

test('options are found as nftables finds them', () => {
  const cases: readonly (readonly [options: string, kind: number, sizeBytes: number, at: number, why: string])[] = [
    ['020405b4', MSS, 4, 0, 'the only one'],
    ['0101020405b40000', MSS, 4, 2, 'behind no-operations'],
    ['00020405b4000000', MSS, 4, 1, 'behind the end mark'],
    ['0900020405b40000', MSS, 4, 2, 'the kind 9 and the length 0 are one byte each'],
    ['0901020405b40000', MSS, 4, 2, 'length 1 is one byte, and then comes a no-operation'],
    ['0203050204050505', MSS, 4, -1, 'the first is too short, and decides'],
    ['020605b40001', MSS, 4, 0, 'longer than it must be'],
    ['01010101010102ff', MSS, 4, -1, 'reaches beyond the header'],
    ['0101010101010102', MSS, 2, -1, 'the last byte begins no option'],
    ['0101010101010402', TCP_OPTION.sackPermitted, 2, 6, 'the last two bytes do'],
    ['03ff0101020405b4', MSS, 4, -1, 'hidden by one that reaches beyond the header'],
    ['', MSS, 4, -1, 'no options'],
  ]
  for (const [options, kind, sizeBytes, at, why] of cases) assert.equal(find(options, kind, sizeBytes), at, why)
})

test('options of a SYN', () => {
  const found = [MSS, TCP_OPTION.sackPermitted, TCP_OPTION.timestamps, TCP_OPTION.windowScale, TCP_OPTION.fastOpen]
  assert.deepEqual(
    found.map((kind) => find(synOptions(), kind, 2)),
    [0, 4, 6, 17, -1],
  )
})

test('options that are not whole are none', () => {
  const frame = packetWith(synOptions())
  for (let kept = 0; kept < 14 + 20 + 40; kept++) {
    const packet = readFrame(frame.subarray(0, kept), 'outer')
    assert.deepEqual([optionsEnd(packet), findTcpOption(packet, MSS, 4)], [-1, -1], `${kept} bytes`)
  }
})
