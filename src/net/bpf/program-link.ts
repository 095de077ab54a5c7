import { Attributes, COMMAND } from './call.ts'
import { KernelObject } from './file-descriptor.ts'
import type { LoadedProgram } from './program.ts'

/** A program where it stands. It comes off when the link is closed, unless the link is pinned. */
export class ProgramLink extends KernelObject {
  /**
   * Puts another program in place of the one that runs: every packet meets one or the other. Takes 5 to 15 ms, because it
   * waits until no processor runs the old one.
   *
   * @throws TidegateError ERR_BPF_FAILED
   */
  replace(program: LoadedProgram): void {
    new Attributes(16).set32(0, this.fd).set32(4, program.fd).run(COMMAND.updateLink, 'cannot replace the program')
  }

  /** Takes the program off the interface, though the link may be pinned. @throws TidegateError ERR_BPF_FAILED */
  detach(): void {
    new Attributes(16).set32(0, this.fd).run(COMMAND.detachLink, 'cannot take the program off its interface')
  }
}

/** Takes a program off its interface by the number of its link; false when there is no such link any more. */
export function detachLink(linkId: number): boolean {
  const fd = new Attributes(16).set32(0, linkId).try(COMMAND.linkOfId)
  if (fd < 0) return false
  const link = new KernelObject(fd)
  try {
    new Attributes(16).set32(0, fd).run(COMMAND.detachLink, 'cannot take the program off its interface')
    return true
  } finally {
    link.close()
  }
}

const INFO_BYTES = 256

/** What the kernel says about an object by its number; undefined when it is gone. */
export function infoOf(command: number, id: number): Buffer | undefined {
  const fd = new Attributes(16).set32(0, id).try(command)
  if (fd < 0) return undefined
  const opened = new KernelObject(fd)
  try {
    const info = Buffer.alloc(INFO_BYTES)
    const result = new Attributes(16).set32(0, fd).set32(4, INFO_BYTES).point(8, info).try(COMMAND.info)
    return result < 0 ? undefined : info
  } finally {
    opened.close()
  }
}

const PROGRAM_NAME_AT = 64

/** Its name; empty when it is gone. */
export function programName(id: number): string {
  const info = infoOf(COMMAND.programOfId, id)
  if (info === undefined) return ''
  return info.toString('latin1', PROGRAM_NAME_AT, info.indexOf(0, PROGRAM_NAME_AT))
}
