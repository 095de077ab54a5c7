import { TidegateError } from '#kernel'
import { listInterfaces, type NetworkInterface } from '#net'

/** A network interface. @throws TidegateError ERR_USAGE that names the interfaces there are */
export function networkInterface(name: string): NetworkInterface {
  const interfaces = listInterfaces()
  const found = interfaces.find((each) => each.name === name)
  if (found !== undefined) return found
  throw new TidegateError('ERR_USAGE', `there is no network interface ${name}`, {
    source: 'environment',
    remedy: `This machine has ${interfaces.map((each) => each.name).join(', ')}.`,
  })
}

/** The number of a network interface. @throws TidegateError ERR_USAGE that names the interfaces there are */
export function interfaceIndex(name: string): number {
  return networkInterface(name).index
}

/** ARPHRD_ETHER and ARPHRD_LOOPBACK of linux/if_arp.h. */
const ETHERNET_TYPES: ReadonlySet<number> = new Set([1, 772])

/** True for interfaces whose packets begin with an Ethernet header. */
export function hasEthernet({ hardwareType }: Pick<NetworkInterface, 'hardwareType'>): boolean {
  return ETHERNET_TYPES.has(hardwareType)
}
