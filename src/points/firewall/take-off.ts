import { deleteTable, detachXdpLink, hasTable, listInterfaces, listXdpLinks, NetlinkSocket } from '#net'
import { NFT_FAMILIES, TABLE } from './nftables/layout.ts'
import { removePins } from './process/xdp-attachment.ts'
import { PROGRAM_NAME } from './program/layout.ts'

/** What was taken off. */
export interface TakenOff {
  /** Interfaces that had a program of ours. */
  readonly interfaces: readonly string[]
  /** Whether there was a table of nftables. */
  readonly hadTable: boolean
}

/**
 * Takes every program of ours off its interface, and our tables of nftables away, whoever put them there. Needs no
 * configuration: it is for those who locked themselves out. Other networks of this machine stay as they are.
 *
 * @throws TidegateError ERR_BPF_FAILED, ERR_NFTABLES_FAILED without the right to do so
 */
export function takeFirewallOff(): TakenOff {
  return { interfaces: takeProgramsOff(), hadTable: deleteTables() }
}

/**
 * Links are numbered for the whole machine, and interfaces in each network: a link is of ours when its program is on an
 * interface here.
 */
function takeProgramsOff(): readonly string[] {
  const here = listInterfaces()
  const taken = listXdpLinks().flatMap(({ linkId, interfaceIndex, programId, programName }) => {
    if (programName !== PROGRAM_NAME) return []
    const found = here.find(({ index, xdpPrograms }) => index === interfaceIndex && xdpPrograms.includes(programId))
    return found !== undefined && detachXdpLink(linkId) ? [found.name] : []
  })
  removePins()
  return taken
}

/** False when there was none. @throws TidegateError ERR_NFTABLES_FAILED */
export function deleteTables(): boolean {
  const socket = new NetlinkSocket('netfilter')
  try {
    const families = NFT_FAMILIES.filter((family) => hasTable(socket, family, TABLE))
    for (const family of families) deleteTable(socket, family, TABLE)
    return families.length > 0
  } finally {
    socket.close()
  }
}
