import { PACKET_PHASES } from '#decide'
import { DURATION_UNITS, readQuantity, SIZE_UNITS } from '#rules'
import { z } from 'zod'
import { RATE_KEYS, type RateLimitAction } from './action.ts'
import { type ActionDefinition, type ActionProblem, problem } from './definition.ts'

const SCHEMA = z.strictObject({
  per: z.array(z.enum(RATE_KEYS)).max(RATE_KEYS.length).optional(),
  packets: z.int().min(1).optional(),
  bytes: z.union([z.string(), z.number()]).optional(),
  period: z.string().optional(),
  burst: z.union([z.int().min(1), z.string()]).optional(),
  ipv4Prefix: z.int().min(1).max(32).optional(),
  ipv6Prefix: z.int().min(1).max(128).optional(),
})

type Parameters = z.output<typeof SCHEMA>

const DEFAULT_PERIOD = '1s'
const PERIOD_MOST_MS = 3_600_000
/** An address of IPv6 is free to change within its network, so that counting single ones would limit nobody. */
const DEFAULT_IPV6_PREFIX = 64
/** Above this a nanosecond holds several units, which the clock cannot tell apart. */
const UNITS_PER_SECOND_MOST = { packets: 1e9, bytes: 1e11 } as const

export const RATE_LIMIT: ActionDefinition<RateLimitAction, typeof SCHEMA> = {
  name: 'rate_limit',
  help: `Throws away the packets above a rate of \`packets\`, or of \`bytes\` of IP, in each \`period\` (default 1s); those below it go on to the next rule. \`per\` names fields whose values are counted apart: ${RATE_KEYS.map((key) => `\`${key}\``).join(', ')}; without it all packets of the rule count together. \`burst\` is how much may come at once (default: what one period allows). Of addresses the first \`ipv4Prefix\` (32) and \`ipv6Prefix\` (64) bits count.`,
  phases: PACKET_PHASES,
  terminating: false,
  schema: SCHEMA,
  examples: [
    'action: { rate_limit: { per: [ip.src], packets: 200, burst: 400 } }',
    'action: { rate_limit: { per: [ip.dst, l4.dstport], bytes: 10MiB, period: 1s } }',
    'action: { rate_limit: { per: [ip.dst, ip.ttl, ip.len], packets: 500 } }',
  ],
  build(parameters) {
    const rate = readRate(parameters)
    if ('ok' in rate) return rate
    const { per = [], ipv4Prefix = 32, ipv6Prefix = DEFAULT_IPV6_PREFIX } = parameters
    return {
      ok: true,
      action: { type: 'rate_limit', terminating: false, per: [...new Set(per)], ...rate, ipv4Prefix, ipv6Prefix },
    }
  },
}

type Rate = Pick<RateLimitAction, 'unit' | 'amount' | 'periodMs' | 'burst'>

function readRate({ packets, bytes, period = DEFAULT_PERIOD, burst }: Parameters): Rate | ActionProblem {
  if ((packets === undefined) === (bytes === undefined)) return problem('expected either `packets` or `bytes`')
  const periodMs = readQuantity(period, DURATION_UNITS)
  if (periodMs === undefined || periodMs < 1 || periodMs > PERIOD_MOST_MS) {
    return problem('expected a duration from 1ms to 1h, such as 1s', 'period')
  }
  const unit = packets === undefined ? 'bytes' : 'packets'
  const amount = packets ?? readSize(bytes)
  if (amount === undefined || amount < 1) return problem(SIZE_EXPECTED, 'bytes')
  if ((amount / periodMs) * 1000 > UNITS_PER_SECOND_MOST[unit]) return problem(`this is too fast to be counted`, unit)
  const allowed = burst === undefined ? amount : readBurst(burst, unit)
  if (allowed === undefined) return problem(BURST_EXPECTED[unit], 'burst')
  return { unit, amount, periodMs, burst: allowed }
}

const SIZE_EXPECTED = 'expected a size with its unit, such as 10MiB'
const BURST_EXPECTED = { packets: 'expected a number of packets', bytes: SIZE_EXPECTED } as const

function readBurst(written: number | string, unit: Rate['unit']): number | undefined {
  if (unit === 'packets') return typeof written === 'number' ? written : undefined
  const size = readSize(written)
  return size === undefined || size < 1 ? undefined : size
}

/** A size says its unit, so that nobody takes bytes for something else. */
function readSize(written: number | string | undefined): number | undefined {
  return typeof written === 'string' ? readQuantity(written, SIZE_UNITS) : undefined
}
