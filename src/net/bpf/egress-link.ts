import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import { openPinned } from './file-descriptor.ts'
import type { LoadedProgram } from './program.ts'
import { programName, ProgramLink } from './program-link.ts'

/** `BPF_TCX_EGRESS` of linux/bpf.h. */
const ATTACH_EGRESS = 47

/** A program before the queues of an interface, asked about what goes out (TCX; Linux 6.6). */
export class EgressLink extends ProgramLink {
  /**
   * Attaches a program behind those that are there.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  static attach(program: LoadedProgram, interfaceIndex: number): EgressLink {
    const attributes = new Attributes(64).set32(0, program.fd).set32(4, interfaceIndex).set32(8, ATTACH_EGRESS)
    return new EgressLink(
      attributes.run(COMMAND.createLink, `cannot attach to what goes out of interface ${interfaceIndex}`),
    )
  }

  /** The link that is pinned at a path; undefined when there is none. @throws TidegateError ERR_BPF_FAILED */
  static openPinned(path: string): EgressLink | undefined {
    const fd = openPinned(path)
    return fd === undefined ? undefined : new EgressLink(fd)
  }
}

/** A program that is asked about what goes out of an interface, of any process. */
export interface EgressAttachment {
  readonly linkId: number
  readonly programName: string
}

const PROGRAMS_MOST = 64

/**
 * The programs that are asked about what goes out of an interface of this network; undefined on a kernel that has no such
 * programs.
 *
 * @throws TidegateError ERR_BPF_FAILED without the right to ask
 */
export function listEgressPrograms(interfaceIndex: number): readonly EgressAttachment[] | undefined {
  const [programIds, linkIds] = [Buffer.alloc(PROGRAMS_MOST * 4), Buffer.alloc(PROGRAMS_MOST * 4)]
  const attributes = new Attributes(64).set32(0, interfaceIndex).set32(4, ATTACH_EGRESS)
  attributes.point(16, programIds).set32(24, PROGRAMS_MOST).point(40, linkIds)
  const result = attributes.try(COMMAND.queryPrograms)
  if (result === -ERRNO.EINVAL) return undefined
  if (result < 0) throw bpfFailure(`cannot ask what stands before the queues of interface ${interfaceIndex}`, -result)
  return Array.from({ length: attributes.get32(24) }, (_, index) => ({
    linkId: linkIds.readUInt32LE(index * 4),
    programName: programName(programIds.readUInt32LE(index * 4)),
  }))
}
