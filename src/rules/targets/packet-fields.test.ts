import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELDS } from '#fields'
import { slotsOfField } from './bpf/loaders.ts'
import { NFT_ADDRESSES, NFT_HARDWARE_ADDRESSES, NFT_NUMBERS } from './nft/terms.ts'
import { shapesOf } from './nft/shape.ts'
import { PACKET_FIELDS } from './packet-fields.ts'

/** Known where a program stands; no packet has them. */
const OF_HOOKS = ['packet.interface', 'packet.direction']
const BYTES = new Set(['l4.payload', 'tcp.options', 'ip.options'])

function isInBpf(name: string): boolean {
  return PACKET_FIELDS[name].notInBpf === undefined
}

test('the schema says of each field which programs of the kernel read it', () => {
  const ofBpf = FIELDS.filter(({ targets }) => targets?.bpf !== undefined).map(({ name }) => name)
  assert.deepEqual(ofBpf.sort(), [...Object.keys(PACKET_FIELDS).filter(isInBpf), ...OF_HOOKS].sort())
  for (const { name, targets } of FIELDS) {
    if (!Object.hasOwn(NFT_NUMBERS, name)) continue
    const isRefused = NFT_NUMBERS[name](shapesOf('ipv4')[0]).kind === 'Refused'
    assert.equal(targets?.nftables === undefined, isRefused, name)
  }
})

test('each target knows how to read each field', () => {
  for (const [name, { kind }] of Object.entries(PACKET_FIELDS)) {
    const isInRegisters = kind === 'hardwareAddress' || name === 'frame.len'
    if (isInBpf(name)) assert.equal(slotsOfField(name).length === 0, isInRegisters, name)
    const tables = [NFT_NUMBERS, NFT_ADDRESSES, NFT_HARDWARE_ADDRESSES]
    assert.equal(tables.filter((table) => Object.hasOwn(table, name)).length, BYTES.has(name) ? 0 : 1, name)
  }
})
