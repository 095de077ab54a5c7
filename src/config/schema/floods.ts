import { FLOOD_CLASSES } from '#detect'
import { formatCidr } from '#wire'
import { z } from 'zod'
import { shortened } from './leaf.ts'
import { duration, network } from './units.ts'

const MODES = ['off', 'log', 'mitigate'] as const
const SENSITIVITIES = ['high', 'medium', 'low'] as const

const RATE_MOST = 1_000_000_000

const CLASS_HELP: Readonly<Record<(typeof FLOOD_CLASSES)[number], string>> = {
  syn: 'TCP segments that open a connection',
  synAck: 'answers to such segments',
  tcp: 'all other TCP segments',
  udp: 'UDP datagrams',
  icmp: 'ICMP and ICMPv6 messages',
  fragment: 'later fragments of IP packets, which have no ports',
  gre: 'GRE packets',
  other: 'packets of all other protocols',
}

const THRESHOLDS = z.strictObject(
  Object.fromEntries(
    FLOOD_CLASSES.map((name) => [
      name,
      z.int().min(1).max(RATE_MOST).optional().describe(`Packets a second towards one address: ${CLASS_HELP[name]}.`),
    ]),
  ) as Record<(typeof FLOOD_CLASSES)[number], z.ZodOptional<z.ZodInt>>,
)

/** The form that prefixes of one address have, too. */
function withLength(text: string): string {
  if (text.includes('/')) return text
  return `${text}/${text.includes(':') ? 128 : 32}`
}

/** A protected prefix, alone or with what differs for it. */
export const PROFILE_SCHEMA = shortened(
  'prefix',
  z.strictObject({
    prefix: network()
      .transform((range) => withLength(formatCidr(range)))
      .meta({ type: 'address or prefix' })
      .describe('Addresses behind this interface; a prefix alone may stand for the mapping.'),
    mode: z.enum(MODES).optional().describe('In place of `floods.mode`.'),
    sensitivity: z.enum(SENSITIVITIES).optional().describe('In place of `floods.sensitivity`.'),
    thresholds: THRESHOLDS.optional().describe('In place of `floods.thresholds`.'),
  }),
)

export const FLOODS_SCHEMA = z.strictObject({
  mode: z
    .enum(MODES)
    .prefault('log')
    .describe(
      '`off` looks for no floods; `log` tells of them and counts what the rules against them would stop; `mitigate` puts these rules in force.',
    ),
  learn: duration({ least: '10s', most: '7d' })
    .prefault('5m')
    .describe('How long an address is watched before what is usual for it takes the place of the default thresholds.'),
  sensitivity: z
    .enum(SENSITIVITIES)
    .prefault('medium')
    .describe('How far above the usual traffic has to be to count as a flood: `high` needs the least.'),
  thresholds: THRESHOLDS.prefault({}).describe('Rates above which there is a flood, whatever was learnt.'),
})
