import { z } from 'zod'
import { FLOODS_SCHEMA, PROFILE_SCHEMA } from './floods.ts'
import { duration, listenAddress, network } from './units.ts'

const FLOW_FLOODS_SCHEMA = FLOODS_SCHEMA.omit({ mode: true }).extend({
  mode: z
    .enum(['off', 'log'])
    .prefault('log')
    .describe('`log` tells of floods that the flows show, and of what would filter them.'),
  delay: duration({ least: '1s', most: '1h' })
    .prefault('60s')
    .describe(
      'How late exporters may be: the longest time that they keep a flow which goes on. sFlow needs only a few seconds.',
    ),
  protect: z.array(PROFILE_SCHEMA).prefault([]).describe('Addresses to watch; without any, all are watched.'),
})

export const FLOWS_SCHEMA = z.strictObject({
  listeners: z
    .array(listenAddress())
    .min(1)
    .describe('UDP addresses where exporters send NetFlow version 5 or 9, IPFIX or sFlow version 5, in any mixture.'),
  exporters: z
    .array(network())
    .prefault([])
    .describe('Who may send. Without any, everybody: flow exports carry no proof of who made them, so name them.'),
  floods: FLOW_FLOODS_SCHEMA.optional().describe('Looks for floods in the flows; without it, nobody does.'),
})
