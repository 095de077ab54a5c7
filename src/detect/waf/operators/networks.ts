import { cidrRange, type IpAddress, type IpRange, parseIp } from '#wire'

const PREFIX_LENGTH = /^(?:0|[1-9][0-9]{0,2})$/

/**
 * Reads addresses and networks. Unlike in a policy, host bits may be set (`10.1.2.3/8` is `10.0.0.0/8`): rule files are
 * written like that.
 */
export function parseNetworks(texts: readonly string[]): {
  readonly ranges: readonly IpRange[]
  readonly invalid: readonly string[]
} {
  const ranges: IpRange[] = []
  const invalid: string[] = []
  for (const text of texts) {
    const range = parseNetwork(text.trim())
    if (range === undefined) invalid.push(text.trim())
    else ranges.push(range)
  }
  return { ranges, invalid }
}

function parseNetwork(text: string): IpRange | undefined {
  const slash = text.indexOf('/')
  const address = parseIp(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  if (slash < 0) return { first: address, last: address }
  const lengthText = text.slice(slash + 1)
  if (!PREFIX_LENGTH.test(lengthText)) return undefined
  const isMapped = typeof address === 'number' && text.includes(':')
  const length = Number(lengthText) - (isMapped ? MAPPED_PREFIX : 0)
  const network = networkOf(address, length)
  return network === undefined ? undefined : cidrRange(network, length)
}

/** Length of ::ffff:0:0/96, the prefix of IPv4 addresses that are written as IPv6. */
const MAPPED_PREFIX = 96

/** The address with its host bits cleared; undefined when the length is out of range. */
function networkOf(address: IpAddress, length: number): IpAddress | undefined {
  if (typeof address === 'number') {
    if (length < 0 || length > 32) return undefined
    return address - (address % 2 ** (32 - length))
  }
  if (length < 0 || length > 128) return undefined
  const hostBits = BigInt(128 - length)
  return (address >> hostBits) << hostBits
}
