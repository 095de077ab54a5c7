import { listInterfaces, listXdpLinks, NetlinkSocket, tableContents, type XdpAttachment } from '#net'
import { areSettingsChanged, restoreAllSettings } from './kernel-settings.ts'
import { LEASE_SET, NFT_FAMILIES, TABLE } from './nftables/layout.ts'
import { PROGRAM_NAMES } from './program/layout.ts'

/**
 * Where no firewall is configured: puts settings of the kernel back that one before changed and could not put back, unless
 * rules that it left in force may need them. Returns their names.
 *
 * @throws TidegateError ERR_NFTABLES_FAILED, ERR_BPF_FAILED where rules cannot be looked for
 */
export function restoreLeftSettingsWithoutFirewall(): readonly string[] {
  return areSettingsChanged() && !areRulesKept() ? restoreAllSettings() : []
}

/** Rules of nftables with a lease are not in force any more; programs go with their process unless they are kept. */
function areRulesKept(): boolean {
  const programs = new Set(listInterfaces().flatMap(({ xdpPrograms }) => xdpPrograms))
  const isOurs = ({ programId, programName }: XdpAttachment): boolean =>
    programName === PROGRAM_NAMES.in && programs.has(programId)
  if (listXdpLinks().some(isOurs)) return true
  const socket = new NetlinkSocket('netfilter')
  try {
    return NFT_FAMILIES.some((family) => tableContents(socket, family, TABLE)?.sets.has(LEASE_SET) === false)
  } finally {
    socket.close()
  }
}
