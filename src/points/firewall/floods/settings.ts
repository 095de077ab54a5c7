import { readFileSync } from 'node:fs'
import type { FirewallConfig } from '#config'
import type { FloodSettings } from '#detect'
import type { PacketBackend } from '../process/messages.ts'
import { canTurnOnCookies } from '../program/syn-setting.ts'

const FORWARDING = ['/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding']

/**
 * What the flood engine is told of the configuration; undefined when nothing looks for floods. A prefix that one interface
 * protects is protected wherever its packets come in. `backend` is what filters packets, as soon as that is known.
 */
export function floodSettings(
  { floods, interfaces }: FirewallConfig,
  backend?: PacketBackend,
): FloodSettings | undefined {
  if (floods === undefined) return undefined
  const protect = interfaces.flatMap((each) => each.protect)
  const isAnyWatched = floods.mode !== 'off' || protect.some(({ mode = 'off' }) => mode !== 'off')
  if (!isAnyWatched) return undefined
  return { ...floods, protect, steps: { synCookie: backend !== undefined && !forwards() && canTurnOnCookies() } }
}

/** Cookies are for programs of this machine: whether a flood is for them, is only certain where all packets are. */
function forwards(): boolean {
  return FORWARDING.some((path) => readSetting(path) !== '0')
}

/** Without IPv6, its setting is not there. */
function readSetting(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim()
  } catch {
    return '0'
  }
}
