import { IPV6_WORDS } from '#wire'
import type { EntryBuffer } from './entry-buffer.ts'

const IPV4_BITS = 32
const IPV6_BITS = 128
const WORD = 64n
const LOW = (1n << WORD) - 1n

/**
 * Cuts ranges of IPv4 addresses, first and last in turn, into single addresses (four bytes in network order) and prefixes
 * (the length as a number of 32 bits before them), as maps of the kernel take them.
 */
export function splitIpv4(bounds: Uint32Array, addresses: EntryBuffer, prefixes: EntryBuffer): void {
  for (let range = 0; range < bounds.length; range += 2) {
    const last = bounds[range + 1]
    for (let first = bounds[range]; first <= last;) {
      // As large as its beginning is aligned, and as the rest of the range allows.
      const aligned = first === 0 ? IPV4_BITS : 31 - Math.clz32(first & -first)
      const fitting = Math.floor(Math.log2(last - first + 1))
      const hostBits = Math.min(aligned, fitting)
      if (hostBits === 0) {
        const at = addresses.add()
        addresses.bytes.writeUInt32BE(first, at)
      } else {
        const at = prefixes.add()
        prefixes.bytes.writeUInt32LE(IPV4_BITS - hostBits, at)
        prefixes.bytes.writeUInt32BE(first, at + 4)
      }
      first += 2 ** hostBits
    }
  }
}

/** The same for IPv6, whose addresses are four words each. */
export function splitIpv6(bounds: Uint32Array, addresses: EntryBuffer, prefixes: EntryBuffer): void {
  for (let range = 0; range < bounds.length; range += 2 * IPV6_WORDS) {
    const last = numberAt(bounds, range + IPV6_WORDS)
    for (let first = numberAt(bounds, range); first <= last;) {
      const aligned = first === 0n ? IPV6_BITS : (first & -first).toString(2).length - 1
      const fitting = (last - first + 1n).toString(2).length - 1
      const hostBits = Math.min(aligned, fitting)
      if (hostBits === 0) {
        const at = addresses.add()
        writeAddress(addresses.bytes, at, first)
      } else {
        const at = prefixes.add()
        prefixes.bytes.writeUInt32LE(IPV6_BITS - hostBits, at)
        writeAddress(prefixes.bytes, at + 4, first)
      }
      first += 1n << BigInt(hostBits)
    }
  }
}

function numberAt(words: Uint32Array, at: number): bigint {
  let number = 0n
  for (let word = 0; word < IPV6_WORDS; word++) number = (number << 32n) | BigInt(words[at + word])
  return number
}

function writeAddress(bytes: Buffer, at: number, address: bigint): void {
  bytes.writeBigUInt64BE(address >> WORD, at)
  bytes.writeBigUInt64BE(address & LOW, at + 8)
}
