import assert from 'node:assert/strict'
import test from 'node:test'
import * as fc from 'fast-check'
import { fromUint128, type IpAddress, packRanges } from '#wire'
import { EntryBuffer } from './entry-buffer.ts'
import { splitIpv4, splitIpv6 } from './prefixes.ts'

interface Block {
  readonly first: bigint
  readonly size: bigint
}

function blocks(buffer: EntryBuffer, addressBytes: number): Block[] {
  const prefixed = buffer.keyBytes > addressBytes
  return Array.from({ length: buffer.count }, (_, index) => {
    const at = index * buffer.keyBytes
    const address = buffer.bytes.subarray(at + (prefixed ? 4 : 0), at + buffer.keyBytes)
    const bits = prefixed ? buffer.bytes.readUInt32LE(at) : addressBytes * 8
    return { first: BigInt(`0x${address.toString('hex')}`), size: 1n << BigInt(addressBytes * 8 - bits) }
  })
}

/** Checks that the pieces are aligned, apart, and together exactly the range. */
function checkPieces(pieces: readonly Block[], first: bigint, last: bigint): void {
  const sorted = [...pieces].sort((left, right) => (left.first < right.first ? -1 : 1))
  let next = first
  for (const piece of sorted) {
    assert.equal(piece.first, next)
    assert.equal(piece.first % piece.size, 0n)
    next += piece.size
  }
  assert.equal(next, last + 1n)
}

const IPV4_BOUNDS: readonly (readonly [number, number])[] = [
  [0, 0xffff_ffff],
  [0, 0],
  [0xffff_ffff, 0xffff_ffff],
  [1, 0xffff_fffe],
  [0x7fff_ffff, 0x8000_0001],
]

test('a range of IPv4 addresses becomes exactly its prefixes', () => {
  const check = (first: number, last: number): void => {
    const [addresses, prefixes] = [new EntryBuffer(4), new EntryBuffer(8)]
    splitIpv4(new Uint32Array([first, last]), addresses, prefixes)
    checkPieces([...blocks(addresses, 4), ...blocks(prefixes, 4)], BigInt(first), BigInt(last))
  }
  for (const [first, last] of IPV4_BOUNDS) check(first, last)
  const address = fc.nat(0xffff_ffff)
  fc.assert(fc.property(address, address, (one, other) => check(Math.min(one, other), Math.max(one, other))))
})

test('a range of IPv6 addresses becomes exactly its prefixes', () => {
  const address = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })
  fc.assert(
    fc.property(address, address, (one, other) => {
      const [first, last]: IpAddress[] = [one, other].sort((left, right) => (left < right ? -1 : 1)).map(fromUint128)
      if (typeof first === 'number' || typeof last === 'number') return
      const [addresses, prefixes] = [new EntryBuffer(16), new EntryBuffer(20)]
      splitIpv6(packRanges([{ first, last }]).ipv6, addresses, prefixes)
      checkPieces([...blocks(addresses, 16), ...blocks(prefixes, 16)], first, last)
    }),
  )
})
