import { BPF_HELPER, type BpfAssembler, type Label } from '#wire'
import type { Block } from '../ip-blocks.ts'

const HALF = 64n
const LOW = (1n << HALF) - 1n
/** Up to so many blocks are asked one after the other; more are searched. */
const LINEAR_BLOCKS = 3

/**
 * Goes to `yes` when the address in r3 (upper half) and r4 (lower half) lies in one of the blocks, which are ascending and
 * apart; else to `no`. r1 is used.
 */
export function writeBlocks(asm: BpfAssembler, blocks: readonly Block[], yes: Label, no: Label): void {
  if (blocks.length > LINEAR_BLOCKS) {
    const middle = blocks.length >> 1
    const [lower, upper] = [asm.label(), asm.label()]
    jumpBelow(asm, blocks[middle].first, lower)
    asm.goto(upper).place(lower)
    writeBlocks(asm, blocks.slice(0, middle), yes, no)
    asm.place(upper)
    writeBlocks(asm, blocks.slice(middle), yes, no)
    return
  }
  for (const block of blocks) writeBlock(asm, block, yes)
  asm.goto(no)
}

/** Goes on behind it when the address is not in the block. */
function writeBlock(asm: BpfAssembler, { first, last }: Block, yes: Label): void {
  const next = asm.label()
  const [firstHigh, lastHigh] = [first >> HALF, last >> HALF]
  if (firstHigh === lastHigh) {
    constant(asm, firstHigh)
    asm.jump('ne', 'r3', 'r1', next)
    if (first === last) {
      constant(asm, first & LOW)
      asm.jump('eq', 'r4', 'r1', yes)
    } else {
      if ((first & LOW) !== 0n) {
        constant(asm, first & LOW)
        asm.jump('lt', 'r4', 'r1', next)
      }
      constant(asm, last & LOW)
      asm.jump('le', 'r4', 'r1', yes)
    }
  } else {
    jumpBelow(asm, first, next)
    jumpAbove(asm, last, next)
    asm.goto(yes)
  }
  asm.place(next)
}

function constant(asm: BpfAssembler, value: bigint): void {
  if (value <= 0x7fff_ffffn) asm.mov('r1', Number(value))
  else asm.loadImmediate('r1', value)
}

function jumpBelow(asm: BpfAssembler, bound: bigint, target: Label): void {
  const not = asm.label()
  constant(asm, bound >> HALF)
  asm.jump('lt', 'r3', 'r1', target).jump('ne', 'r3', 'r1', not)
  constant(asm, bound & LOW)
  asm.jump('lt', 'r4', 'r1', target).place(not)
}

function jumpAbove(asm: BpfAssembler, bound: bigint, target: Label): void {
  const not = asm.label()
  constant(asm, bound >> HALF)
  asm.jump('gt', 'r3', 'r1', target).jump('ne', 'r3', 'r1', not)
  constant(asm, bound & LOW)
  asm.jump('gt', 'r4', 'r1', target).place(not)
}

/** Which maps of a list there are, by family: exact addresses in a hash map, prefixes in a trie. */
export interface AddressListMaps {
  readonly ipv4Addresses?: string
  readonly ipv4Prefixes?: string
  readonly ipv6Addresses?: string
  readonly ipv6Prefixes?: string
}

const MAPPED_UPPER = 0xffff
const TRIE_KEY_BYTES = 24

/** Stack that a look-up needs for its key. */
export const LIST_KEY_BYTES = TRIE_KEY_BYTES

/**
 * Goes to `yes` when the address in r3 and r4 is in a list, else to `no`. Keys are in network order: 4 or 16 bytes, behind
 * the length in bits for prefixes. `keyAt` is a place for the key on the stack, aligned to 8. All registers up to r5 are used.
 */
export function writeListLookup(asm: BpfAssembler, maps: AddressListMaps, keyAt: number, yes: Label, no: Label): void {
  const [ipv6, ipv4] = [asm.label(), asm.label()]
  asm.mov('r1', 'r4').alu('rsh', 'r1', 32)
  asm.jump('ne', 'r3', 0, ipv6).jump('ne', 'r1', MAPPED_UPPER, ipv6).goto(ipv4)
  asm
    .place(ipv4)
    .swap('r4', 32)
    .store('u32', 'r10', keyAt + 4, 'r4')
    .store('u32', 'r10', keyAt, 32)
  writeLookup(asm, maps.ipv4Addresses, keyAt + 4, yes)
  writeLookup(asm, maps.ipv4Prefixes, keyAt, yes)
  asm.goto(no)
  asm.place(ipv6).swap('r3', 64).swap('r4', 64)
  for (const [half, register] of [
    [0, 'r3'],
    [8, 'r4'],
  ] as const) {
    // The key begins 4 bytes behind a multiple of 8: each half is stored as two.
    asm.store('u32', 'r10', keyAt + 4 + half, register).alu('rsh', register, 32)
    asm.store('u32', 'r10', keyAt + 8 + half, register)
  }
  asm.store('u32', 'r10', keyAt, 128)
  writeLookup(asm, maps.ipv6Addresses, keyAt + 4, yes)
  writeLookup(asm, maps.ipv6Prefixes, keyAt, yes)
  asm.goto(no)
}

/** Jumps when a map has the key; goes on otherwise. */
export function writeLookup(asm: BpfAssembler, map: string | undefined, keyAt: number, yes: Label): void {
  if (map === undefined) return
  asm.loadMap('r1', map).mov('r2', 'r10').alu('add', 'r2', keyAt).call(BPF_HELPER.mapLookup).jump('ne', 'r0', 0, yes)
}
