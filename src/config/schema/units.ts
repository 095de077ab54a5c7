import { networkInterfaces } from 'node:os'
import { DURATION_UNITS, readQuantity, SIZE_UNITS } from '#rules'
import { type IpRange, parseCidr, parseIp } from '#wire'
import type { z } from 'zod'
import type { ListenAddress } from '../config.ts'
import { leaf, type Read, textLeaf } from './leaf.ts'

interface Bounds {
  readonly least: string
  readonly most: string
}

/** A duration such as `5s`, as whole milliseconds within bounds. */
export function duration(bounds: Bounds): z.ZodType<number> {
  return quantity('duration', 'a duration with its unit, such as 500ms, 5s, 10m, 24h or 30d', DURATION_UNITS, bounds)
}

/** A size such as `64KiB` (1024) or `10GB` (1000), as whole bytes within bounds. */
export function size(bounds: Bounds): z.ZodType<number> {
  return quantity('size', 'a size with its unit, such as 512B, 64KiB, 1MiB or 10GB', SIZE_UNITS, bounds)
}

function quantity(
  type: string,
  expected: string,
  units: ReadonlyMap<string, number>,
  bounds: Bounds,
): z.ZodType<number> {
  const least = readQuantity(bounds.least, units) ?? 0
  const most = readQuantity(bounds.most, units) ?? Number.MAX_SAFE_INTEGER
  return leaf(type, (input): Read<number> => {
    const value = typeof input === 'string' ? readQuantity(input, units) : undefined
    if (value === undefined) return { fault: `expected ${expected}` }
    if (value < least || value > most) return { fault: `expected a ${type} from ${bounds.least} to ${bounds.most}` }
    return { value }
  })
}

const ADDRESS_EXPECTED = 'expected an address with a port, such as 127.0.0.1:8080, "[::1]:8080" or :8080'

/** `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; `:8080` stands for every address of the machine. */
export function listenAddress(): z.ZodType<ListenAddress> {
  return textLeaf('address', (text): Read<ListenAddress> => {
    const [, bracketed, plain = '', portText] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? []
    const port = Number(portText)
    if (portText === undefined || port > 65_535) return { fault: ADDRESS_EXPECTED }
    if (bracketed !== undefined) {
      const valid = bracketed.includes(':') && parseIp(bracketed) !== undefined
      return valid ? { value: { host: bracketed, port } } : { fault: ADDRESS_EXPECTED }
    }
    if (plain === '') return { value: { host: everyAddress(), port } }
    if (plain === 'localhost') return { value: { host: '127.0.0.1', port } }
    if (parseIp(plain) !== undefined) return { value: { host: plain, port } }
    return { fault: ADDRESS_EXPECTED, hint: '; the host must be an IP address of this machine' }
  })
}

/** `::` takes IPv4 too, but cannot be bound where the system has IPv6 switched off. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flat()
  return addresses.some((address) => address?.family === 'IPv6') ? '::' : '0.0.0.0'
}

/** An address or a prefix without host bits. */
export function network(): z.ZodType<IpRange> {
  return textLeaf('address or prefix', (text) => {
    const value = parseCidr(text)
    return value === undefined
      ? { fault: 'expected an address or a prefix without host bits, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32' }
      : { value }
  })
}

/** A path of the file system, absolute or relative to the folder of the configuration file. */
export function filePath(): z.ZodType<string> {
  return textLeaf('path', (text) =>
    text === '' || text.includes('\0') ? { fault: 'expected a path' } : { value: text },
  )
}

/** Text of a limited alphabet, such as the name of a site. */
export function word(type: string, pattern: RegExp, expected: string): z.ZodType<string> {
  return textLeaf(type, (text) => (pattern.test(text) ? { value: text } : { fault: `expected ${expected}` }))
}

/** The name of an environment variable. */
export function environmentVariable(): z.ZodType<string> {
  return word('environment variable', /^[A-Za-z_]\w{0,127}$/, 'the name of an environment variable')
}
