import { PACKET_DIRECTIONS } from '#rules'
import { z } from 'zod'
import { FLOODS_SCHEMA, PROFILE_SCHEMA } from './floods.ts'
import { duration, network, word } from './units.ts'

/** Names that Linux allows for an interface, without what would need quoting elsewhere. */
const INTERFACE_NAME = /^[A-Za-z0-9][\w.-]{0,14}$/

const INTERFACE_SCHEMA = z.strictObject({
  name: word('word', INTERFACE_NAME, 'the name of a network interface, such as eth0').describe(
    'Interface whose packets are filtered.',
  ),
  directions: z
    .array(z.enum(PACKET_DIRECTIONS))
    .min(1)
    .prefault(['in'])
    .describe(
      'Which packets are filtered: those that come `in`, those that go `out`, or both. Rules that do not ask for `packet.direction` hold for all of them.',
    ),
  protect: z
    .array(PROFILE_SCHEMA)
    .prefault([])
    .describe(
      'Addresses to watch for floods, with a profile of their own where it differs; where no interface names any, all are watched.',
    ),
})

export const FIREWALL_SCHEMA = z.strictObject({
  interfaces: z.array(INTERFACE_SCHEMA).min(1).describe('Where packets are filtered.'),
  backend: z
    .enum(['auto', 'xdp', 'nftables'])
    .prefault('auto')
    .describe(
      'What filters: `xdp` is eBPF in the driver, or behind it where the driver cannot; `nftables` needs no eBPF, and knows connections. `auto` takes XDP where the kernel and the rules allow it, else nftables.',
    ),
  onExit: z
    .enum(['open', 'keep'])
    .prefault('open')
    .describe(
      'When Tidegate ends or dies: `open` lets every packet pass from then on, `keep` leaves the rules in force until Tidegate runs again or `tidegate firewall off`.',
    ),
  floods: FLOODS_SCHEMA.optional().describe(
    'Finds floods in the packets that pass, and stops them; without it, none is looked for.',
  ),
  management: z
    .array(network())
    .prefault([])
    .describe('Sources that always pass, before every rule, so that nobody locks himself out.'),
  confirmWithin: duration({ least: '5s', most: '1h' })
    .optional()
    .describe(
      'Each change of the policy has to be confirmed with `tidegate firewall confirm` within this time; otherwise the packet rules before it come back.',
    ),
})
