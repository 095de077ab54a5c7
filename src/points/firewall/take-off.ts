import {
  deleteTable,
  detachLink,
  hasTable,
  listEgressPrograms,
  listInterfaces,
  listXdpLinks,
  NetlinkSocket,
} from '#net'
import { restoreAllSettings } from './kernel-settings.ts'
import { NFT_FAMILIES, TABLE } from './nftables/layout.ts'
import { removePins } from './process/program-attachment.ts'
import { PROGRAM_NAMES } from './program/layout.ts'

/** What was taken off. */
export interface TakenOff {
  /** Interfaces that had a program of ours. */
  readonly interfaces: readonly string[]
  /** Whether there was a table of nftables. */
  readonly hadTable: boolean
  /** Settings of the kernel that are as they were before. */
  readonly settings: readonly string[]
}

/**
 * Takes every program of ours off its interface, and our tables of nftables away, whoever put them there, and puts the settings
 * of the kernel back that they needed. Needs no configuration: it is for those who locked themselves out. Other networks of
 * this machine stay as they are.
 *
 * @throws TidegateError ERR_BPF_FAILED, ERR_NFTABLES_FAILED without the right to do so
 */
export function takeFirewallOff(): TakenOff {
  return { interfaces: takeProgramsOff(), hadTable: deleteTables(), settings: restoreAllSettings() }
}

/**
 * Links are numbered for the whole machine, and interfaces in each network: a link is of ours when its program is on an
 * interface here.
 */
function takeProgramsOff(): readonly string[] {
  const here = listInterfaces()
  const taken = listXdpLinks().flatMap(({ linkId, interfaceIndex, programId, programName }) => {
    if (programName !== PROGRAM_NAMES.in) return []
    const found = here.find(({ index, xdpPrograms }) => index === interfaceIndex && xdpPrograms.includes(programId))
    return found !== undefined && detachLink(linkId) ? [found.name] : []
  })
  const outgoing = here.flatMap(({ index, name }) =>
    (listEgressPrograms(index) ?? [])
      .filter(({ programName }) => programName === PROGRAM_NAMES.out)
      .flatMap(({ linkId }) => (detachLink(linkId) ? [name] : [])),
  )
  removePins()
  return [...new Set([...taken, ...outgoing])]
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
