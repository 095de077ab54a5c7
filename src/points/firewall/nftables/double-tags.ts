import type { FirewallConfig } from '#config'
import type { NetworkInterface } from '#net'

/**
 * What to know of interfaces whose packets of IP stand behind two VLAN tags, which nftables looks behind the first of only:
 * those on which VLANs within VLANs are set up. Where the outer VLAN is filtered as an interface of its own, nothing is missed.
 */
export function doubleTagNotes(
  configured: FirewallConfig['interfaces'],
  interfaces: readonly NetworkInterface[],
): string[] {
  const filtered = configured.map(({ name }) => name)
  const vlansOn = (parent: NetworkInterface): readonly NetworkInterface[] =>
    interfaces.filter(
      ({ kind, otherEnd }) => kind === 'vlan' && otherEnd?.index === parent.index && otherEnd.network === undefined,
    )
  return interfaces
    .filter(({ name }) => filtered.includes(name))
    .flatMap((parent) =>
      vlansOn(parent)
        .filter((outer) => !filtered.includes(outer.name))
        .flatMap((outer) =>
          vlansOn(outer).map(
            (inner) =>
              `${parent.name}: packets of ${inner.name} have two VLAN tags there, behind which nftables sees no IP: ` +
              `add ${outer.name} to firewall.interfaces, where they have one, or filter with \`backend: xdp\``,
          ),
        ),
    )
}
