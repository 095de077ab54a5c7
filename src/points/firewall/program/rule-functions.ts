import { BPF_HELPER, type BpfAssembler, type Label } from '#wire'
import { emitCount, emitSample } from './counting.ts'
import type { Scratch } from './layout.ts'

/** Where functions keep their values, on a stack of their own. */
const SCRATCH: Scratch = { slot: -4, weight: -8, saved: -16, fresh: -24, key: -24 }

/**
 * What many rules do alike, as functions of the program: the kernel rewrites each call of a helper, which for thousands of
 * them would take it minutes.
 */
export class RuleFunctions {
  readonly #asm: BpfAssembler
  readonly #writers = new Map<string, { readonly label: Label; readonly write: () => void }>()

  constructor(asm: BpfAssembler) {
    this.#asm = asm
  }

  /** Counts the packet of the context in r1 for the slot in r2. */
  get count(): Label {
    return this.#function('count', () => this.#writeCount(false))
  }

  /** The same, and samples it as one that passes. */
  get note(): Label {
    return this.#function('note', () => this.#writeCount(true))
  }

  /**
   * Uses up r2 nanoseconds of what the key at r1 has in a map, of which it may have r3 in advance at the time r4: r0 is 1
   * when that is too much. For each key the map holds the time at which its bucket will be empty again. Two processors that
   * count the same key at the same moment may count one packet less: a lock would cost all packets more than that is worth.
   */
  useUp(map: string): Label {
    return this.#function(`use up ${map}`, () => this.#writeUseUp(map))
  }

  /** The function of a name, which `write` writes when somebody asks for it. */
  written(name: string, write: (asm: BpfAssembler) => void): Label {
    return this.#function(name, () => write(this.#asm))
  }

  /** Writes all that were asked for. Nothing stands behind them. */
  write(): void {
    for (const { label, write } of this.#writers.values()) {
      this.#asm.place(label)
      write()
    }
  }

  #function(name: string, write: () => void): Label {
    const known = this.#writers.get(name)
    if (known !== undefined) return known.label
    const label = this.#asm.label(name)
    this.#writers.set(name, { label, write })
    return label
  }

  #writeCount(isSampled: boolean): void {
    const asm = this.#asm
    const end = asm.label()
    asm.mov('r6', 'r1').store('u32', 'r10', SCRATCH.slot, 'r2').load('u32', 'r7', 'r6', 0).load('u32', 'r8', 'r6', 4)
    emitCount(asm, SCRATCH, end)
    // A sample gives back what r9 holds, which is nothing here.
    if (isSampled) emitSample(asm.mov('r9', 0), SCRATCH, false)
    asm.place(end).mov('r0', 0).exit()
  }

  #writeUseUp(map: string): void {
    const asm = this.#asm
    const [fresh, ahead, over, done] = [asm.label(), asm.label(), asm.label(), asm.label()]
    asm.mov('r9', 'r1').mov('r6', 'r2').mov('r7', 'r3').mov('r8', 'r4')
    asm.loadMap('r1', map).mov('r2', 'r9').call(BPF_HELPER.mapLookup).jump('eq', 'r0', 0, fresh)
    asm.load('u64', 'r1', 'r0').jump('ge', 'r1', 'r8', ahead).mov('r1', 'r8').place(ahead).alu('add', 'r1', 'r6')
    asm.mov('r2', 'r1').alu('sub', 'r2', 'r8').jump('gt', 'r2', 'r7', over).store('u64', 'r0', 0, 'r1').goto(done)
    asm.place(fresh).jump('gt', 'r6', 'r7', over).alu('add', 'r6', 'r8').store('u64', 'r10', SCRATCH.fresh, 'r6')
    asm.loadMap('r1', map).mov('r2', 'r9').mov('r3', 'r10').alu('add', 'r3', SCRATCH.fresh).mov('r4', 0)
    asm.call(BPF_HELPER.mapUpdate).place(done).mov('r0', 0).exit()
    asm.place(over).mov('r0', 1).exit()
  }
}
