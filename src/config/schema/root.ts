import { z } from 'zod'
import { CONSOLE_SCHEMA } from './console.ts'
import { EDGE_SCHEMA } from './edge.ts'
import { EVENTS_SCHEMA } from './events.ts'
import { filePath } from './units.ts'

/** The whole of `tidegate.yaml`. A section is a file beside this one and a line here. */
export const ROOT_SCHEMA = z.strictObject({
  console: CONSOLE_SCHEMA.prefault({}).describe('The API for people and programs.'),
  data: filePath().prefault('./data').describe('Folder of events, policy versions and keys. Relative to this file.'),
  policy: filePath().prefault('./policy').describe('Folder of the policy files. Relative to this file.'),
  edge: EDGE_SCHEMA.describe('The reverse proxy.'),
  events: EVENTS_SCHEMA.prefault({}).describe('The log of what happened.'),
})

export type RawConfig = z.output<typeof ROOT_SCHEMA>
