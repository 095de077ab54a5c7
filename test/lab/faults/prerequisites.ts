import { toolPath } from '../../debian-tools.ts'

const TOOLS = [
  'tcpdump',
  'nft',
  'ethtool',
  'nginx',
  'unbound',
  'curl',
  'dig',
  'openssl',
  'nc',
  'nmap',
  'hping3',
  'ab',
  'ping',
  'editcap',
  'softflowd',
]

/** Why captures of faults cannot be made here; false when they can. */
export function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'needs root'
  const missing = TOOLS.filter((tool) => toolPath(tool) === undefined)
  return missing.length === 0 ? false : `needs ${missing.join(', ')}`
}
