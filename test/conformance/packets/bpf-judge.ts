import { BpfAssembler, XDP } from '#wire'
import { BpfMap, loadProgram, type LoadedProgram, TestRun } from '#net'
import { type BpfListMaps, type Expression, PacketCode, packetSlots, SlotFrame } from '#rules'

const WORD_BITS = 32

/** Judges frames by many expressions with one program: the verdicts are bits of an array that both sides see. */
export class BpfJudge {
  readonly #verdicts: BpfMap
  readonly #memory: Buffer
  readonly #run: TestRun
  readonly #count: number
  readonly program: LoadedProgram

  constructor(expressions: readonly Expression[], lists: BpfListMaps, maps: ReadonlyMap<string, BpfMap>) {
    this.#count = expressions.length
    const words = Math.ceil(expressions.length / WORD_BITS)
    const spec = {
      name: 'verdicts',
      kind: 'array',
      keyBytes: 4,
      valueBytes: words * 4,
      entries: 1,
      mappable: true,
    } as const
    this.#verdicts = BpfMap.create(spec)
    this.#memory = this.#verdicts.memory
    const program = verdictProgram(expressions, lists)
    this.program = loadProgram(program, new Map([...maps, ['verdicts', this.#verdicts]]), 'judge')
    this.#run = new TestRun(this.program)
  }

  /** For each expression whether it is true for the frame. */
  judge(frame: Buffer): boolean[] {
    this.#memory.fill(0)
    const result = this.#run.run(frame)
    if (result !== XDP.pass) throw new Error(`the program returned ${result}`)
    return Array.from({ length: this.#count }, (_, index) => (this.#memory[index >> 3] & (1 << (index & 7))) !== 0)
  }

  close(): void {
    this.program.close()
    this.#verdicts.close()
  }
}

function verdictProgram(expressions: readonly Expression[], lists: BpfListMaps): ReturnType<BpfAssembler['build']> {
  const asm = new BpfAssembler()
  const slots = new SlotFrame(packetSlots(expressions))
  const code = new PacketCode(asm, slots, lists)
  asm.mov('r6', 'r1')
  code.prologue()
  for (const [index, expression] of expressions.entries()) {
    const [yes, no] = [asm.label(), asm.label()]
    code.test(expression, yes, no)
    asm.place(yes).loadMapValue('r1', 'verdicts', index >> 3)
    asm
      .load('u8', 'r2', 'r1')
      .alu('or', 'r2', 1 << (index & 7))
      .store('u8', 'r1', 0, 'r2')
      .place(no)
  }
  return asm.mov('r0', XDP.pass).exit().build()
}
