import { type FunctionDefinition, type FunctionParameter } from './function.ts'
import { networkOf } from './network.ts'
import { duckdbNetwork } from '../targets/duckdb-network.ts'

/** A prefix length that is written in the rule. */
export function prefixLength(name: string, most: number): FunctionParameter {
  return {
    name,
    types: ['Int'],
    literal: true,
    check: (bits) => (Number(bits) >= 1 && Number(bits) <= most ? undefined : `\`${name}\` goes from 1 to ${most}`),
  }
}

export const CIDR: FunctionDefinition = {
  name: 'cidr',
  help: 'The network address of an address, by the prefix length for its family.',
  example: 'cidr(ip.src, 24, 48) == 192.0.2.0',
  parameters: [
    { name: 'address', types: ['IP'] },
    prefixLength('ipv4_network_bits', 32),
    prefixLength('ipv6_network_bits', 128),
  ],
  result: 'IP',
  evaluate: networkOf,
  duckdb: ({ argument, literals: [, ipv4Bits, ipv6Bits] }) =>
    duckdbNetwork(argument(0), Number(ipv4Bits), Number(ipv6Bits)),
}
