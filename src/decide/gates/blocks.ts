import type { BlockProbe, Subject } from './gate.ts'

/** Integers outside are not cut into blocks: there doubles stop being exact. */
export const EXACT_LIMIT = 2 ** 52

/**
 * Probes for `first..last`, cut into aligned blocks as a prefix list would be: at most two of each size.
 * `chance` is that of the whole range. Nothing for an empty range.
 */
export function blockProbes(
  subject: Subject,
  first: number | bigint,
  last: number | bigint,
  chance: number,
): readonly BlockProbe[] {
  const blocks = alignedBlocks(BigInt(first), BigInt(last))
  const isBig = typeof first === 'bigint'
  return blocks.map(({ exponent, block }) => ({
    kind: 'block',
    subject,
    id: `${subject.key} block ${isBig ? 'v6' : 'n'} ${block}<<${exponent}`,
    chance: chance / blocks.length,
    exponent,
    block: isBig ? block : Number(block),
  }))
}

interface AlignedBlock {
  readonly exponent: number
  readonly block: bigint
}

function alignedBlocks(first: bigint, last: bigint): AlignedBlock[] {
  const blocks: AlignedBlock[] = []
  for (let at = first; at <= last;) {
    let exponent = 0
    let size = 1n
    while ((at & (size * 2n - 1n)) === 0n && at + size * 2n - 1n <= last) {
      size *= 2n
      exponent++
    }
    blocks.push({ exponent, block: at >> BigInt(exponent) })
    at += size
  }
  return blocks
}
