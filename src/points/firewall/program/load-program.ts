import { type BpfMap, type LoadedProgram, loadProgram } from '#net'
import type { PacketDirection } from '#rules'
import type { BpfProgram } from '#wire'
import { PROGRAM_NAMES } from './layout.ts'

const TYPES = { in: 'xdp', out: 'egress' } as const

/** Loads a program of ours for packets that go one way. @throws TidegateError ERR_BPF_FAILED */
export function loadHookProgram(
  program: BpfProgram,
  direction: PacketDirection,
  maps: ReadonlyMap<string, BpfMap>,
): LoadedProgram {
  return loadProgram(program, maps, PROGRAM_NAMES[direction], TYPES[direction])
}
