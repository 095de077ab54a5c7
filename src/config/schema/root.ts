import { z } from 'zod'
import { CONSOLE_SCHEMA } from './console.ts'
import { EDGE_SCHEMA } from './edge.ts'
import { EVENTS_SCHEMA } from './events.ts'
import { FIREWALL_SCHEMA } from './firewall.ts'
import { FLOWS_SCHEMA } from './flows.ts'
import { filePath } from './units.ts'

/** The whole of `tidegate.yaml`. A section is a file beside this one and a line here. */
export const ROOT_SCHEMA = z.strictObject({
  console: CONSOLE_SCHEMA.prefault({}).describe('The API for people and programs.'),
  data: filePath().prefault('./data').describe('Folder of events, policy versions and keys. Relative to this file.'),
  policy: filePath().prefault('./policy').describe('Folder of the policy files. Relative to this file.'),
  edge: EDGE_SCHEMA.describe('The reverse proxy.'),
  firewall: FIREWALL_SCHEMA.optional().describe('The packet filter; without this section there is none.'),
  flows: FLOWS_SCHEMA.optional().describe('Where exporters of flows are heard; without this section nowhere.'),
  events: EVENTS_SCHEMA.prefault({}).describe('The log of what happened.'),
})

/** A machine that filters packets or collects flows may have no reverse proxy: with `firewall` or `flows`, `edge` may be left out. */
export const NO_EDGE_SCHEMA = ROOT_SCHEMA.omit({ edge: true }).extend({ edge: z.undefined().optional() })

export type RawConfig = z.output<typeof ROOT_SCHEMA> | z.output<typeof NO_EDGE_SCHEMA>
