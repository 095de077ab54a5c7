import { skipWithout, skipWithoutRoot } from '../../debian-tools.ts'

const TOOLS = [
  'ip',
  'sysctl',
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
] as const

/** Why captures of faults cannot be made here; false when they can. */
export function reasonToSkip(): string | false {
  return skipWithoutRoot() || skipWithout(...TOOLS)
}
