import type { ListData } from '#decide'
import { loadProgram, type LoadedProgram, TestRun } from '#net'
import { BpfAssembler, type BpfProgram, XDP } from '#wire'
import { packetRules } from '../src/points/firewall/packet-rules.ts'
import { MapRegistry, type MapSet } from '../src/points/firewall/process/map-registry.ts'
import { compilePolicyProgram } from '../src/points/firewall/program/policy-program.ts'
import { behind, DESTINATION_PORT_AT, SOURCE_AT } from '../src/points/firewall/testing/changed-packets.ts'
import { packetPolicy, type WrittenRule } from '../src/points/firewall/testing/packet-policy.ts'
import { FIRST_PORT } from './packet-workloads.ts'
import { median } from './table.ts'

const ROUNDS = 7
const ROUND_PACKETS = 300_000
const FIRST_SOURCE = 0x0a00_0009
const RANDOM_RULES = 1024
const INSTRUCTION_BYTES = 8

/** What a packet costs a program: nanoseconds of processor time. */
export interface PacketCost {
  readonly minimumNs: number
  readonly medianNs: number
}

/**
 * Measures what `run` takes for so many packets, in rounds. The time is that of the process, so that what else the machine
 * does counts little.
 */
export function measureRounds(packets: number, run: () => void): PacketCost {
  const rounds: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    rounds.push(((user + system) * 1000) / packets)
  }
  return { minimumNs: Math.min(...rounds), medianNs: median(rounds) }
}

/** Measures a program by test runs, without an interface: each round runs it on every frame equally often. */
export function measureProgram(program: LoadedProgram, frames: readonly Buffer[]): PacketCost {
  const run = new TestRun(program)
  const repeat = Math.max(1, Math.floor(ROUND_PACKETS / frames.length))
  return measureRounds(repeat * frames.length, () => {
    for (const frame of frames) run.run(frame, repeat)
  })
}

/** A policy in the kernel, and what it took to get there. */
export interface LoadedPolicy {
  readonly program: LoadedProgram
  readonly instructions: number
  readonly memoryBytes: number
  /** Wall clock: compiling, making and filling maps, and the verifier. */
  readonly milliseconds: { readonly compile: number; readonly maps: number; readonly verify: number }
  close(): void
}

export interface PolicyOptions {
  readonly lists?: readonly ListData[]
  /** Changes each packet before the policy sees it. */
  readonly change?: (program: BpfProgram) => BpfProgram
}

/** Loads rules as the firewall does. */
export function loadPolicy(written: readonly WrittenRule[], options: PolicyOptions = {}): LoadedPolicy {
  const { lists = [], change = (program) => program } = options
  const policy = packetPolicy(written, lists)
  const rules = packetRules(policy, 0)
  const [started, registry] = [performance.now(), new MapRegistry()]
  const compiled = compilePolicyProgram({ rules, lists: policy.lists, management: [] })
  const compiledAt = performance.now()
  const set: MapSet = registry.make(compiled.maps)
  const madeAt = performance.now()
  const program = loadProgram(change(compiled.program), set.maps, 'bench')
  const verify = performance.now() - madeAt
  const mapBytes = [...set.maps.values()].reduce((sum, map) => sum + map.memoryBytes, 0)
  return {
    program,
    instructions: compiled.program.bytes.length / INSTRUCTION_BYTES,
    memoryBytes: mapBytes + program.memoryBytes,
    milliseconds: { compile: compiledAt - started, maps: madeAt - compiledAt, verify },
    close: () => {
      program.close()
      registry.discard(set)
    },
  }
}

/** The floor: a program that passes, or drops, everything. */
export function bareProgram(
  verdict: keyof typeof XDP,
  change: (program: BpfProgram) => BpfProgram = (program) => program,
): LoadedProgram {
  const bare = new BpfAssembler().mov('r0', XDP[verdict]).exit().build()
  return loadProgram(change(bare), new Map(), verdict)
}

/** The same program behind code that makes the packet one that a random one of the five-field rules is about. */
export function withRandomRule(program: BpfProgram): BpfProgram {
  return behind(program, (asm) => {
    asm
      .alu32('and', 'r0', RANDOM_RULES - 1)
      .mov('r1', 'r0')
      .alu('lsh', 'r1', 8)
      .alu('add', 'r1', FIRST_SOURCE)
    asm.swap('r1', 32).store('u32', 'r7', SOURCE_AT, 'r1').alu('add', 'r0', FIRST_PORT)
    asm.swap('r0', 16).store('u16', 'r7', DESTINATION_PORT_AT, 'r0')
  })
}
