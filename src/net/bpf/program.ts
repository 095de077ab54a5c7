import { type BpfProgram, disassemble, INSTRUCTION_BYTES } from '#wire'
import { TidegateError } from '#kernel'
import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import { KernelObject, openPinned } from './file-descriptor.ts'
import type { BpfMap } from './map.ts'

/** Where programs of a type stand: in the driver of an interface, or before its queues (`enum bpf_prog_type`). */
export type ProgramType = 'xdp' | 'egress'

const TYPES: Readonly<Record<ProgramType, number>> = { xdp: 6, egress: 3 }
/** Several helpers are for programs under this licence only; programs are generated where they run, and not distributed. */
const LICENCE = Buffer.from('GPL\0')
const LOG_BYTES = 4 << 20
const LOG_TAIL_LINES = 24

/** A program in the kernel. */
export class LoadedProgram extends KernelObject {
  readonly name: string

  constructor(fd: number, name: string) {
    super(fd)
    this.name = name
  }

  /** @throws TidegateError ERR_BPF_FAILED */
  static openPinned(path: string, name: string): LoadedProgram | undefined {
    const fd = openPinned(path)
    return fd === undefined ? undefined : new LoadedProgram(fd, name)
  }

  /** The number by which the kernel and bpftool name it. */
  get id(): number {
    return this.fact('prog_id')
  }

  /** Memory that the kernel counts for the program, in bytes. */
  get memoryBytes(): number {
    return this.fact('memlock')
  }

  /** How many instructions the verifier followed. */
  get verifiedInstructions(): number {
    return this.fact('verified_insns')
  }
}

/**
 * Loads a program. `maps` are those that the program names; they stay in the kernel as long as the program does.
 *
 * @throws TidegateError ERR_BPF_FAILED; when the verifier refuses it, with the end of the verifier's log
 */
export function loadProgram(
  program: BpfProgram,
  maps: ReadonlyMap<string, BpfMap>,
  name: string,
  type: ProgramType = 'xdp',
): LoadedProgram {
  const instructions = Buffer.from(program.bytes)
  for (const { slot, map } of program.maps) {
    instructions.writeInt32LE(mapOf(maps, map).fd, slot * INSTRUCTION_BYTES + 4)
  }
  // Without a log the verifier is faster; what it has against a program is asked for only when it has something.
  const attributes = loadAttributes(instructions, name, type)
  const fd = tryLoad(attributes)
  if (fd >= 0) return new LoadedProgram(fd, name)
  const log = verifierLog(loadAttributes(instructions, name, type))
  const remedy = fd === -ERRNO.E2BIG ? 'Use fewer rules in one phase, or lists instead of long sets.' : undefined
  throw bpfFailure(`the kernel does not take the program ${name}`, -fd, explained(log, program), remedy)
}

const RETRY_LIMIT = 20

/** The verifier gives up when a signal waits, such as that of a child process that ended; the kernel may be asked again. */
function tryLoad(attributes: Attributes): number {
  for (let retries = 0; ; retries++) {
    const fd = attributes.try(COMMAND.loadProgram)
    if (fd !== -ERRNO.EAGAIN || retries === RETRY_LIMIT) return fd
  }
}

function mapOf(maps: ReadonlyMap<string, BpfMap>, name: string): BpfMap {
  const map = maps.get(name)
  if (map !== undefined) return map
  throw new TidegateError('ERR_INVARIANT', `the program names the map ${name}, which there is not`, {
    source: 'internal',
  })
}

function loadAttributes(instructions: Buffer, name: string, type: ProgramType): Attributes {
  return new Attributes(72)
    .set32(0, TYPES[type])
    .set32(4, instructions.length / INSTRUCTION_BYTES)
    .point(8, instructions)
    .point(16, LICENCE)
    .name(48, name)
}

function verifierLog(attributes: Attributes): string {
  const log = Buffer.alloc(LOG_BYTES)
  attributes.set32(24, 1).set32(28, LOG_BYTES).point(32, log).try(COMMAND.loadProgram)
  const end = log.indexOf(0)
  return log.toString('latin1', 0, Math.max(0, end))
}

/** The end of the log, and the instruction that it is about with our names of places. */
function explained(log: string, program: BpfProgram): string | undefined {
  const lines = log.trimEnd().split('\n')
  if (lines.length === 1 && lines[0] === '') return undefined
  const slot = lines.map((line) => /^(\d+): \(/.exec(line)?.[1]).findLast((number) => number !== undefined)
  const own = disassemble(program).split('\n')
  const at = own.findIndex((line) => line.trimStart().startsWith(`${slot}  `))
  const context = at < 0 ? [] : ['the program there:', ...own.slice(Math.max(0, at - 4), at + 2)]
  return [...lines.slice(-LOG_TAIL_LINES), ...context].join('\n')
}
