import type { FirewallConfig } from '#config'
import type { PacketHook } from '#rules'

/** Where a configuration filters packets, in the order written. */
export function hooksOf({ interfaces }: Pick<FirewallConfig, 'interfaces'>): readonly PacketHook[] {
  return interfaces.flatMap(({ name, directions }) =>
    directions.map((direction) => ({ interfaceName: name, direction })),
  )
}

/** Where a packet is taken to pass when nobody says it: it comes in, by the first interface that filters what does. */
export function usualHook(firewall: Pick<FirewallConfig, 'interfaces'> | undefined): PacketHook {
  const hooks = firewall === undefined ? [] : hooksOf(firewall)
  return hooks.find(({ direction }) => direction === 'in') ?? hooks[0] ?? NOWHERE
}

/** Of machines that filter nothing. */
const NOWHERE: PacketHook = { interfaceName: '', direction: 'in' }
