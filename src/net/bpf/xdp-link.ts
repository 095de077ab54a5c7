import { Attributes, COMMAND, ERRNO } from './call.ts'
import { bpfFailure } from './failure.ts'
import { openPinned } from './file-descriptor.ts'
import { infoOf, programName, ProgramLink } from './program-link.ts'
import type { LoadedProgram } from './program.ts'

const ATTACH_XDP = 37
const LINK_KIND_XDP = 6

/** `native` runs in the driver, before a socket buffer is made; `generic` behind that, with every driver. */
export type XdpMode = 'native' | 'generic'

const MODE_FLAGS: Readonly<Record<XdpMode, number>> = { native: 1 << 2, generic: 1 << 1 }

/** A program on an interface. It comes off when the link is closed, unless the link is pinned. */
export class XdpLink extends ProgramLink {
  /**
   * Attaches a program to an interface that has none.
   *
   * @throws TidegateError ERR_BPF_FAILED; names the program that is there already
   */
  static attach(program: LoadedProgram, interfaceIndex: number, mode: XdpMode): XdpLink {
    const attributes = new Attributes(64)
      .set32(0, program.fd)
      .set32(4, interfaceIndex)
      .set32(8, ATTACH_XDP)
      .set32(12, MODE_FLAGS[mode])
    const fd = attributes.try(COMMAND.createLink)
    if (fd >= 0) return new XdpLink(fd)
    throw bpfFailure(
      `cannot attach to interface ${interfaceIndex} (${mode} XDP)`,
      -fd,
      fd === -ERRNO.EBUSY ? occupant(interfaceIndex) : undefined,
    )
  }

  /** The link that is pinned at a path; undefined when there is none. @throws TidegateError ERR_BPF_FAILED */
  static openPinned(path: string): XdpLink | undefined {
    const fd = openPinned(path)
    return fd === undefined ? undefined : new XdpLink(fd)
  }
}

/** An XDP program on an interface, of any process. */
export interface XdpAttachment {
  readonly linkId: number
  readonly interfaceIndex: number
  readonly programId: number
  readonly programName: string
}

/** All XDP links of the machine, those of other network namespaces included: interfaces are numbered in each. @throws TidegateError ERR_BPF_FAILED without the right to list them */
export function listXdpLinks(): XdpAttachment[] {
  const found: XdpAttachment[] = []
  const attributes = new Attributes(16)
  for (let id = 0; ;) {
    const result = attributes.set32(0, id).try(COMMAND.nextLinkId)
    if (result === -ERRNO.ENOENT) return found
    if (result < 0) throw bpfFailure('cannot list the links of eBPF programs', -result)
    id = attributes.get32(4)
    const info = infoOf(COMMAND.linkOfId, id)
    if (info === undefined || info.readUInt32LE(0) !== LINK_KIND_XDP) continue
    const programId = info.readUInt32LE(8)
    found.push({ linkId: id, interfaceIndex: info.readUInt32LE(16), programId, programName: programName(programId) })
  }
}

/** Interfaces of other networks on this machine may have the same number: then all of them are named. */
function occupant(interfaceIndex: number): string {
  const attachments = listXdpLinks().filter((each) => each.interfaceIndex === interfaceIndex)
  if (attachments.length === 0) return 'a program that was attached without a link is there (`ip link show` names it)'
  const names = attachments.map(({ programName, programId }) => `"${programName}" (number ${programId})`)
  return `the program ${names.join(' or ')} is there`
}
