import { createHash } from 'node:crypto'
import type { RateKey, RateLimitAction } from '#act'
import type { NftShape } from '#rules'
import { formatIp } from '#wire'

/** Keys that a limit remembers at a time. Those that come when it is full are not limited. */
export const LIMIT_ENTRIES = 1 << 18

const UNITS = [
  ['second', 1000],
  ['minute', 60_000],
  ['hour', 3_600_000],
  ['day', 86_400_000],
  ['week', 604_800_000],
] as const

/** What nftables declares for a limit, and how a rule asks it: the match is true for packets above the rate. */
export interface LimitText {
  /** By name. */
  readonly objects: ReadonlyMap<string, string>
  readonly match: string
}

/** A key in the words of nftables, for packets that have it. */
type KeyText = (shape: NftShape, action: RateLimitAction) => readonly [type: string, text: string] | undefined

const WITH_PORTS: ReadonlySet<NftShape['carried']> = new Set(['tcp', 'udp', 'udpLite', 'sctp'])

const address =
  (name: 'saddr' | 'daddr'): KeyText =>
  ({ family }, { ipv4Prefix, ipv6Prefix }) => {
    if (family === 'ipv4') return ['ipv4_addr', `ip ${name}${maskText(ipv4Prefix, 32)}`]
    return family === 'ipv6' ? ['ipv6_addr', `ip6 ${name}${maskText(ipv6Prefix, 128)}`] : undefined
  }

const port =
  (name: 'sport' | 'dport'): KeyText =>
  ({ carried }) =>
    WITH_PORTS.has(carried) ? ['inet_service', `th ${name}`] : undefined

const KEYS: Readonly<Partial<Record<RateKey, KeyText>>> = {
  'ip.src': address('saddr'),
  'ip.dst': address('daddr'),
  'ip.proto': ({ family }) => (family === 'ipv4' || family === 'ipv6' ? ['inet_proto', 'meta l4proto'] : undefined),
  'l4.srcport': port('sport'),
  'l4.dstport': port('dport'),
}

/** Why this backend cannot count by a key; undefined when it can. */
export function keyRefusal(key: RateKey): string | undefined {
  if (KEYS[key] !== undefined) return undefined
  return `nftables counts by ${Object.keys(KEYS).join(', ')}, and not by \`${key}\``
}

function maskText(prefix: number, bits: 32 | 128): string {
  if (prefix === bits) return ''
  const mask = ((1n << BigInt(bits)) - 1n) ^ ((1n << BigInt(bits - prefix)) - 1n)
  return ` & ${formatIp(bits === 32 ? Number(mask) : mask)}`
}

/**
 * How the packets of a shape are limited by a rule. Packets that lack some of the keys are counted by the others; what counts
 * goes on counting as long as the rule and its rate stay the same.
 */
export function limitText(ruleId: string, action: RateLimitAction, shape: NftShape): LimitText {
  const name = `limit-${createHash('sha1')
    .update(JSON.stringify([ruleId, action]))
    .digest('hex')
    .slice(0, 12)}`
  const keys = action.per.flatMap((key) => {
    const text = KEYS[key]?.(shape, action)
    return text === undefined ? [] : [text]
  })
  const rate = `rate over ${rateText(action)}`
  if (keys.length === 0) return { objects: new Map([[name, `limit ${name} { ${rate} }`]]), match: `limit name ${name}` }
  const set = [name, ...keys.map(([type]) => type)].join('-')
  const types = keys.map(([type]) => type).join(' . ')
  const timeout = `${timeoutSeconds(action)}s`
  const declaration = `set ${set} { type ${types}; size ${LIMIT_ENTRIES}; flags dynamic,timeout; timeout ${timeout}; }`
  const element = keys.map(([, text]) => text).join(' . ')
  return { objects: new Map([[set, declaration]]), match: `update @${set} { ${element} limit ${rate} }` }
}

/** Above this the kernel's arithmetic has no room. */
const BYTES_PER_SECOND_MOST = 9e9

/**
 * A rate as nftables writes it. Of bytes it always lets what comes in a second pass at once, so a smaller burst cannot be
 * had.
 */
export function rateText({ unit, amount, periodMs, burst }: RateLimitAction): string {
  if (unit === 'bytes') {
    const rate = Math.max(1, Math.min(BYTES_PER_SECOND_MOST, Math.round((amount * 1000) / periodMs)))
    return `${rate} bytes/second burst ${Math.max(0, burst - rate)} bytes`
  }
  const [name, unitMs] = UNITS.find(([, ms]) => (amount * ms) % periodMs === 0) ?? UNITS[UNITS.length - 1]
  return `${Math.max(1, Math.round((amount * unitMs) / periodMs))}/${name} burst ${burst} packets`
}

const TIMEOUT_LEAST_SECONDS = 10

/** A key that was idle until all of its burst is there again need not be remembered. */
function timeoutSeconds({ amount, periodMs, burst }: RateLimitAction): number {
  return Math.max(TIMEOUT_LEAST_SECONDS, Math.ceil((burst * periodMs) / amount / 1000) + 1)
}
