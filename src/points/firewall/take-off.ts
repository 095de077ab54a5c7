import { detachXdpLink, listXdpLinks } from '#net'
import { interfaceName } from './process/interfaces.ts'
import { removePins } from './process/xdp-attachment.ts'
import { PROGRAM_NAME } from './program/layout.ts'

/**
 * Takes every program of ours off its interface, whoever put it there; returns the names of the interfaces. Needs no
 * configuration: it is for those who locked themselves out.
 *
 * @throws TidegateError ERR_BPF_FAILED without the right to do so
 */
export function takeFirewallOff(): readonly string[] {
  // A link that was taken off, but is still held by its process, is on interface 0.
  const ours = listXdpLinks().filter(
    ({ programName, interfaceIndex }) => programName === PROGRAM_NAME && interfaceIndex > 0,
  )
  const taken = ours.filter(({ linkId }) => detachXdpLink(linkId))
  removePins()
  return taken.map(({ interfaceIndex }) => interfaceName(interfaceIndex))
}
