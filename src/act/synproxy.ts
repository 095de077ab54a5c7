import { z } from 'zod'
import type { SynproxyAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

/** What a packet of 1,500 bytes carries (RFC 879), and what Linux servers usually offer. */
const SEGMENT_BYTES = 1460
const WINDOW_SCALE = 7

const SCHEMA = z.strictObject({
  segmentBytes: z.int().min(500).max(65_495).optional(),
  windowScale: z.int().min(0).max(14).optional(),
})

export const SYNPROXY: ActionDefinition<SynproxyAction, typeof SCHEMA> = {
  name: 'synproxy',
  help: 'Answers attempts to connect by TCP in place of the server, without remembering them, and opens the connection to the server once the client has answered: forged senders never do. nftables only. `segmentBytes` (1460) and `windowScale` (7) are what the server offers.',
  phases: ['packet_firewall'],
  terminating: true,
  schema: SCHEMA,
  examples: ['action: synproxy', 'action: { synproxy: { segmentBytes: 1440, windowScale: 10 } }'],
  build: ({ segmentBytes = SEGMENT_BYTES, windowScale = WINDOW_SCALE }) => ({
    ok: true,
    action: { type: 'synproxy', terminating: true, segmentBytes, windowScale },
  }),
}
