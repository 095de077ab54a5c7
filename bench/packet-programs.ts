import { BpfMap, loadProgram, type LoadedProgram, TestRun, updateBatch } from '#net'
import { compileBpf, parseExpression } from '#rules'
import { FIELD_BY_NAME } from '#fields'
import { BPF_HELPER, BpfAssembler, type BpfProgram, XDP } from '#wire'
import { median } from './table.ts'

const ROUNDS = 7
const ROUND_PACKETS = 300_000
const SOURCE_AT = 26

/** What a packet costs a program: nanoseconds of processor time. */
export interface ProgramCost {
  readonly minimumNs: number
  readonly medianNs: number
  /** What the program returned for the last frame. */
  readonly result: number
}

/**
 * Measures a program by test runs, without an interface: each round runs it on every frame equally often. The time is that
 * of the process, so that what else the machine does counts little.
 */
export function measureProgram(
  program: LoadedProgram,
  frames: readonly Buffer[],
  roundPackets: number = ROUND_PACKETS,
): ProgramCost {
  const run = new TestRun(program)
  const repeat = Math.max(1, Math.floor(roundPackets / frames.length))
  const rounds: number[] = []
  let result = 0
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    for (const frame of frames) result = run.run(frame, repeat)
    const { user, system } = process.cpuUsage(before)
    rounds.push(((user + system) * 1000) / (repeat * frames.length))
  }
  return { minimumNs: Math.min(...rounds), medianNs: median(rounds), result }
}

/** The floor: a program that passes everything. */
export function passProgram(): LoadedProgram {
  return loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), 'pass')
}

/** A rule that drops, as a whole program. */
export function ruleProgram(text: string): LoadedProgram {
  const parsed = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
  if (!parsed.ok) throw new Error(parsed.error.message)
  const compiled = compileBpf(parsed.expression, new Map())
  if (!compiled.ok) throw new Error(compiled.reason)
  return loadProgram(compiled.program, new Map(), 'rule')
}

/**
 * A deny list of /24 prefixes, asked for a random source each time: the same source again would find everything in the
 * caches. Its cost includes that of the random number, some 5 to 10 ns.
 */
export function denyListProgram(prefixes: number): LoadedProgram {
  const map = BpfMap.create({ name: 'deny', kind: 'prefixTrie', keyBytes: 8, valueBytes: 4, entries: prefixes })
  const keys = Buffer.alloc(prefixes * 8)
  for (let index = 0; index < prefixes; index++) {
    keys.writeUInt32LE(24, index * 8)
    // An odd factor spreads the prefixes over all addresses, each once.
    keys.writeUIntBE((index * 0x9e_3779 + 1) & 0xff_ffff, index * 8 + 4, 3)
  }
  updateBatch(map, keys, Buffer.alloc(prefixes * 4), prefixes)
  return loadProgram(randomSourceLookup(), new Map([['deny', map]]), 'deny-list')
}

function randomSourceLookup(): BpfProgram {
  const asm = new BpfAssembler()
  const [pass, drop] = [asm.label(), asm.label()]
  asm.mov('r6', 'r1').load('u32', 'r7', 'r6', 0).load('u32', 'r8', 'r6', 4)
  asm
    .mov('r2', 'r7')
    .alu('add', 'r2', SOURCE_AT + 8)
    .jump('gt', 'r2', 'r8', pass)
  asm.call(BPF_HELPER.random).store('u32', 'r10', -4, 'r0').store('u32', 'r10', -8, 32)
  asm.loadMap('r1', 'deny').mov('r2', 'r10').alu('add', 'r2', -8).call(BPF_HELPER.mapLookup).jump('ne', 'r0', 0, drop)
  asm.place(pass).mov('r0', XDP.pass).exit()
  return asm.place(drop).mov('r0', XDP.drop).exit().build()
}
