import type { IpAddress } from '#wire'
import { prefixLength } from './cidr.ts'
import { type FunctionDefinition } from './function.ts'
import { networkOf } from './network.ts'
import { duckdbNetwork } from '../targets/duckdb-network.ts'

export const CIDR6: FunctionDefinition = {
  name: 'cidr6',
  help: 'The network address of an IPv6 address by prefix length; an IPv4 address stays as it is.',
  example: 'cidr6(ip.src, 48) == 2001:db8::',
  parameters: [{ name: 'address', types: ['IP'] }, prefixLength('ipv6_network_bits', 128)],
  result: 'IP',
  evaluate: (address: IpAddress, ipv6Bits: number) => networkOf(address, 32, ipv6Bits),
  duckdb: ({ argument, literals: [, ipv6Bits] }) => duckdbNetwork(argument(0), 32, Number(ipv6Bits)),
}
