import type { Label } from '#wire'
import { keepVersion } from './prologue-ipv4.ts'
import type { PrologueCode } from './prologue-code.ts'

const HEADER_BYTES = 40
const FLOW_LABEL = 0xf_ffff
/** As many extension headers are followed. */
const EXTENSION_LIMIT = 6
const FRAGMENT_BYTES = 8

/** Kinds of extension headers: their number, and their bit in `extensions`. */
const KIND = {
  hopByHop: { number: 0, bit: 1 << 0 },
  routing: { number: 43, bit: 1 << 1 },
  fragment: { number: 44, bit: 1 << 2 },
  authentication: { number: 51, bit: 1 << 3 },
  destinationOptions: { number: 60, bit: 1 << 4 },
} as const

/** Reads the IPv6 header at r9 and its extension headers; goes on to `next` as the IPv4 part does. */
export function writeIpv6(code: PrologueCode, next: Label): void {
  const { asm, labels } = code
  code.point(HEADER_BYTES, labels.malformed)
  code.field('r1', 'u8', 0)
  asm.alu('rsh', 'r1', 4).jump('ne', 'r1', 6, labels.malformed)
  keepVersion(code, 6)
  code.keepAddress('source', 6, 8)
  code.keepAddress('destination', 6, 24)
  code.keepField('timeToLive', 'u8', 7)
  code.keepField('ipv6HopLimit', 'u8', 7)
  code.keepField('nextHeader', 'u8', 6)
  code.keepField('ipv6PayloadBytes', 'u16', 4)
  code.keepField('flowLabel', 'u32', 0, FLOW_LABEL)
  if (code.slots.hasAny('trafficClass', 'ipv6TrafficClass')) {
    code.field('r1', 'u16', 0)
    asm.alu('rsh', 'r1', 4).alu('and', 'r1', 0xff)
    code.keep('trafficClass', 'r1')
    code.keep('ipv6TrafficClass', 'r1')
  }
  code.field('r5', 'u16', 4)
  asm.alu('add', 'r5', HEADER_BYTES)
  code.keep('ipBytes', 'r5')
  if (code.slots.has('extensions')) writeChain(code, next)
  else asm.goto(labels.done)
}

/** Places in the code of the chain. */
interface ChainLabels {
  readonly routing: Label
  readonly fragment: Label
  readonly authentication: Label
  readonly later: Label
  readonly broken: Label
  readonly end: Label
}

/**
 * The chain of extension headers, as ipv6_find_hdr of the kernel follows it: only the bytes that lead on must be there. r4
 * is the kind of the header at r9. Behind an authentication header, which is what the packet carries, headers are only
 * noted.
 */
function writeChain(code: PrologueCode, next: Label): void {
  const { asm, slots } = code
  const chain: ChainLabels = {
    routing: asm.label(),
    fragment: asm.label(),
    authentication: asm.label(),
    later: asm.label('ipv6-later-fragment'),
    broken: asm.label('ipv6-chain-broken'),
    end: asm.label('ipv6-chain-end'),
  }
  const scratch = { steps: slots.reserve(8), authenticationAt: slots.reserve(8) }
  const [step, options, advance] = [asm.label('ipv6-extension'), asm.label(), asm.label()]
  code.field('r4', 'u8', 6)
  asm.alu('add', 'r5', 'r9')
  for (const slot of ['extensions', 'fragment', 'fragmentOffset'] as const) code.keepZero(slot)
  code.zero('r1')
  asm.store('u64', 'r10', scratch.steps, 0).store('u64', 'r10', scratch.authenticationAt, 'r1')
  asm.alu('add', 'r9', HEADER_BYTES)
  asm.place(step)
  asm.jump('eq', 'r4', KIND.routing.number, chain.routing).jump('eq', 'r4', KIND.fragment.number, chain.fragment)
  asm.jump('eq', 'r4', KIND.authentication.number, chain.authentication)
  asm.jump('eq', 'r4', KIND.hopByHop.number, options)
  asm.jump('ne', 'r4', KIND.destinationOptions.number, chain.end)
  asm.place(options)
  writeStep(code, scratch.steps, 2, chain.broken)
  writeOptionsBit(code)
  writeOptionsLength(code)
  asm.place(advance)
  asm.load('u8', 'r4', 'r2').alu('add', 'r9', 'r1')
  code.bound('r9')
  asm.goto(step)

  asm.place(chain.routing)
  writeStep(code, scratch.steps, 4, chain.broken)
  writeRouting(code)
  writeOptionsLength(code)
  asm.goto(advance)

  asm.place(chain.authentication)
  writeStep(code, scratch.steps, 2, chain.broken)
  writeAuthentication(code, scratch.authenticationAt)
  asm.goto(advance)

  asm.place(chain.fragment)
  writeStep(code, scratch.steps, 4, chain.broken)
  writeFragment(code, chain.later)
  asm.mov('r1', FRAGMENT_BYTES)
  code.forget('r1')
  asm.alu('and', 'r1', 15).goto(advance)

  writeChainEnd(code, chain, scratch.authenticationAt, next)
}

/** Counts the header at hand, and points r2 at it. */
function writeStep(code: PrologueCode, steps: number, bytes: number, broken: Label): void {
  const { asm } = code
  asm.load('u64', 'r1', 'r10', steps).jump('ge', 'r1', EXTENSION_LIMIT, broken)
  asm.alu('add', 'r1', 1).store('u64', 'r10', steps, 'r1')
  code.point(bytes, broken)
}

/** Leaves in r1 how long a header is that counts units of eight bytes. */
function writeOptionsLength(code: PrologueCode): void {
  code.asm.load('u8', 'r1', 'r2', 1).alu('add', 'r1', 1).alu('lsh', 'r1', 3)
}

function note(code: PrologueCode, bit: number): void {
  code.load('r1', 'extensions')
  code.asm.alu('or', 'r1', bit)
  code.forget('r1')
  code.keep('extensions', 'r1')
}

function writeOptionsBit(code: PrologueCode): void {
  const { asm } = code
  const [destination, noted] = [asm.label(), asm.label()]
  asm.jump('eq', 'r4', KIND.destinationOptions.number, destination)
  note(code, KIND.hopByHop.bit)
  asm.goto(noted).place(destination)
  note(code, KIND.destinationOptions.bit)
  asm.place(noted)
}

/** The first routing header says the type. */
function writeRouting(code: PrologueCode): void {
  const { asm, slots } = code
  if (slots.has('routingType')) {
    const known = asm.label()
    code.load('r1', 'extensions')
    asm.jump('set', 'r1', KIND.routing.bit, known)
    code.keepField('routingType', 'u8', 2)
    asm.place(known)
  }
  note(code, KIND.routing.bit)
}

/** Notes where the first one is, and leaves its length in r1. */
function writeAuthentication(code: PrologueCode, authenticationAt: number): void {
  const { asm } = code
  const known = asm.label()
  note(code, KIND.authentication.bit)
  asm.load('u64', 'r1', 'r10', authenticationAt).jump('ne', 'r1', 0, known)
  asm.store('u64', 'r10', authenticationAt, 'r9').place(known)
  asm.load('u8', 'r1', 'r2', 1).alu('add', 'r1', 2).alu('lsh', 'r1', 2)
}

/** Keeps what the first fragment header says; goes to `later` when this one stands behind the beginning of its packet. */
function writeFragment(code: PrologueCode, later: Label): void {
  const { asm } = code
  const [known, whole, decided] = [asm.label(), asm.label(), asm.label()]
  code.field('r3', 'u16', 2)
  code.load('r1', 'extensions')
  asm.jump('set', 'r1', KIND.fragment.bit, known)
  asm.mov('r1', 'r3').alu('rsh', 'r1', 3)
  code.keep('fragmentOffset', 'r1')
  if (code.slots.has('fragment')) {
    asm.jump('eq', 'r1', 0, whole).mov('r1', 2).goto(decided)
    asm.place(whole).mov('r1', 'r3').alu('and', 'r1', 1).place(decided)
    code.forget('r1')
    code.keep('fragment', 'r1')
  }
  asm.place(known)
  note(code, KIND.fragment.bit)
  asm.alu('rsh', 'r3', 3).jump('ne', 'r3', 0, later)
}

function writeChainEnd(code: PrologueCode, chain: ChainLabels, authenticationAt: number, next: Label): void {
  const { asm, labels } = code
  const [inside, authenticated, known] = [asm.label(), asm.label(), asm.label()]
  asm.place(chain.broken)
  code.noteMalformed()
  asm.load('u64', 'r9', 'r10', authenticationAt).jump('eq', 'r9', 0, labels.malformed).goto(authenticated)

  asm.place(chain.later)
  const [named, unnamed] = [asm.label(), asm.label()]
  asm.load('u8', 'r4', 'r2').load('u64', 'r1', 'r10', authenticationAt).jump('eq', 'r1', 0, named)
  asm.mov('r4', KIND.authentication.number)
  keepConsistent(code)
  asm.goto(labels.done).place(named)
  for (const { number } of Object.values(KIND)) asm.jump('eq', 'r4', number, unnamed)
  keepConsistent(code)
  asm.goto(labels.done)
  // What follows cannot be told; a packet longer than its frame is malformed all the same.
  asm.place(unnamed)
  code.frameBytes('r1')
  asm.jump('gt', 'r5', 'r1', labels.malformed).goto(labels.done)

  asm.place(chain.end)
  asm.load('u64', 'r1', 'r10', authenticationAt).jump('eq', 'r1', 0, known).mov('r9', 'r1')
  asm.place(authenticated)
  asm.mov('r4', KIND.authentication.number)
  code.forget('r4')
  asm.alu('and', 'r4', 0xff).place(known)
  keepConsistent(code)
  if (next === labels.done) {
    asm.goto(next)
    return
  }
  asm.jump('le', 'r9', 'r5', inside)
  code.noteMalformed()
  asm.place(inside)
  // Behind extension headers the packet ends with its frame: nftables cannot subtract their lengths.
  code.load('r1', 'extensions')
  asm.jump('eq', 'r1', 0, next)
  code.frameBytes('r5')
  asm.goto(next)
}

/** Keeps the protocol, which is r4, unless the packet is longer than its frame: the kernel does not deliver that. */
function keepConsistent(code: PrologueCode): void {
  const { asm, labels } = code
  code.frameBytes('r1')
  asm.jump('gt', 'r5', 'r1', labels.malformed)
  code.keep('protocol', 'r4')
}
