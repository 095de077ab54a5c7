import { type BpfMap, type LoadedProgram, TestRun } from '#net'
import {
  FROM_MANAGEMENT,
  limitDecision,
  type PacketDecision,
  type PacketRule,
  terminalDecision,
  UNDECIDED,
} from './packet-decision.ts'
import { MapRegistry, type MapSet } from './process/map-registry.ts'
import { MAP, VERDICT } from './program/layout.ts'
import { loadHookProgram } from './program/load-program.ts'
import { compileTraceProgram, type PolicyProgramSource } from './program/policy-program.ts'

/** The kernel refuses frames without a whole Ethernet header. */
const FRAME_LEAST_BYTES = 14
/** What is sent has something behind that: of IP its whole header, without options and extensions. */
const SENT_LEAST_BYTES: Readonly<Record<number, number>> = { 0x0800: 34, 0x86dd: 54 }
/** What fits into a page beside what the kernel keeps there. No rule reads more: of what is behind, its length is told. */
const GIVEN_MOST_BYTES = 3520

/** Asks the kernel's own program what it would do with frames, which come from no interface and go nowhere. */
export class BpfJudge {
  readonly #registry = new MapRegistry()
  readonly #rules: readonly PacketRule[]
  readonly #maps: MapSet
  readonly #program: LoadedProgram
  readonly #run: TestRun
  readonly #verdict: Buffer
  readonly #isSent: boolean

  /** @throws TidegateError ERR_BPF_FAILED, ERR_RULE_INVALID */
  constructor(source: PolicyProgramSource) {
    const { program, maps } = compileTraceProgram(source)
    this.#rules = source.rules
    this.#isSent = source.hook?.direction === 'out'
    this.#maps = this.#registry.make(maps)
    try {
      this.#program = loadHookProgram(program, source.hook?.direction ?? 'in', this.#maps.maps)
      this.#run = new TestRun(this.#program)
      this.#verdict = (this.#maps.maps.get(MAP.verdict) as BpfMap).memory
    } catch (error) {
      this.#registry.discard(this.#maps)
      throw error
    }
  }

  /**
   * What becomes of an Ethernet frame that came at a time as `tickOf` says it; a text says why the kernel cannot be asked.
   * Frames are asked for in the order in which they came: connections are remembered.
   */
  judge(frame: Buffer, tick: number = 0): PacketDecision | string {
    if (frame.length < FRAME_LEAST_BYTES) return 'the frame is shorter than an Ethernet header'
    if (this.#isSent && frame.length < sentLeastBytes(frame)) return 'the kernel sends no frame with a header cut off'
    this.#verdict.fill(0)
    this.#verdict.writeUInt32LE(tick, VERDICT.tick)
    this.#verdict.writeUInt32LE(frame.length, VERDICT.frameBytes)
    this.#run.run(frame.subarray(0, GIVEN_MOST_BYTES))
    if (this.#verdict.readUInt32LE(VERDICT.isManagement) === 1) return FROM_MANAGEMENT
    const terminal = this.#rules[this.#verdict.readUInt32LE(VERDICT.slot) - 1]
    if (terminal !== undefined) return terminalDecision(terminal)
    const limit = this.#rules[this.#verdict.readUInt32LE(VERDICT.limitSlot) - 1]
    return limit === undefined ? UNDECIDED : limitDecision(limit)
  }

  close(): void {
    this.#program.close()
    this.#registry.discard(this.#maps)
  }
}

function sentLeastBytes(frame: Buffer): number {
  return SENT_LEAST_BYTES[frame.readUInt16BE(FRAME_LEAST_BYTES - 2)] ?? FRAME_LEAST_BYTES + 1
}
