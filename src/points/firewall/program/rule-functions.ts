import { type PacketSource, writeBounds } from '#rules'
import { type BpfAssembler, type Label } from '#wire'
import { emitCount, emitSample } from './counting.ts'
import type { Scratch } from './layout.ts'

/** Where functions keep their values, on a stack of their own. */
const SCRATCH: Scratch = { slot: -4, weight: -8, saved: -16, key: -16 }

/**
 * What many rules do alike, as functions of the program: the kernel rewrites each call of a helper, which for thousands of
 * them would take it minutes.
 */
export class RuleFunctions {
  readonly #asm: BpfAssembler
  readonly #source: PacketSource
  readonly #writers = new Map<string, { readonly label: Label; readonly write: () => void }>()

  constructor(asm: BpfAssembler, source: PacketSource) {
    this.#asm = asm
    this.#source = source
  }

  /** Counts the packet of the context in r1 for the slot in r2. */
  get count(): Label {
    return this.#function('count', () => this.#writeCount(false))
  }

  /** The same, and samples it as one that passes. */
  get note(): Label {
    return this.#function('note', () => this.#writeCount(true))
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
    asm.mov('r6', 'r1').store('u32', 'r10', SCRATCH.slot, 'r2')
    writeBounds(asm, this.#source)
    emitCount(asm, SCRATCH, end, this.#source)
    // A sample gives back what r9 holds, which is nothing here.
    if (isSampled) emitSample(asm.mov('r9', 0), SCRATCH, false, this.#source)
    asm.place(end).mov('r0', 0).exit()
  }
}
