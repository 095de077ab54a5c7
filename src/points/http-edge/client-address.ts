import { type FieldList, fieldValues, inRange, type IpAddress, type IpRange, parseIp } from '#wire'

/** Decides whose X-Forwarded-For and Forwarded are believed, and which address in them is the client's. */
export class TrustedProxies {
  readonly #ranges: readonly IpRange[]

  constructor(ranges: readonly IpRange[]) {
    this.#ranges = ranges
  }

  has(address: IpAddress): boolean {
    for (const range of this.#ranges) if (inRange(address, range)) return true
    return false
  }

  /**
   * The client's address: the rightmost one that is not a trusted proxy, because everything left of it could be invented.
   * A place that is no address (`unknown`, an obfuscated name) ends the search at the proxy that reported it.
   */
  clientAddress(peer: IpAddress, fields: FieldList): IpAddress {
    if (this.#ranges.length === 0 || !this.has(peer)) return peer
    const chain = forwardedChain(fields)
    let client = peer
    for (let i = chain.length - 1; i >= 0; i--) {
      const address = chain[i]
      if (address === undefined) return client
      client = address
      if (!this.has(address)) return client
    }
    return client
  }
}

/** Addresses from the client to the last proxy; X-Forwarded-For is preferred because proxies rarely write Forwarded. */
function forwardedChain(fields: FieldList): (IpAddress | undefined)[] {
  const forwardedFor = fieldValues(fields, 'x-forwarded-for')
  if (forwardedFor !== undefined) return forwardedFor.join(',').split(',').map(parseNode)
  const forwarded = fieldValues(fields, 'forwarded')
  if (forwarded === undefined) return []
  return forwarded
    .join(',')
    .split(',')
    .map((element) => parseNode(forParameter(element)))
}

function forParameter(element: string): string {
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=')
    if (equals > 0 && pair.slice(0, equals).trim().toLowerCase() === 'for') return pair.slice(equals + 1)
  }
  return ''
}

/** An address with optional quotes, brackets and port (RFC 7239 section 6). */
function parseNode(text: string): IpAddress | undefined {
  const node = text.trim().replaceAll('"', '')
  if (node.startsWith('[')) return parseIp(node.slice(1, node.indexOf(']')))
  const colon = node.indexOf(':')
  return parseIp(colon > 0 && colon === node.lastIndexOf(':') ? node.slice(0, colon) : node)
}
