import { PACKET_PHASES, REQUEST_PHASES } from '#decide'
import { z } from 'zod'
import type { AllowAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

const SCHEMA = z.strictObject({})

export const ALLOW: ActionDefinition<AllowAction, typeof SCHEMA> = {
  name: 'allow',
  help: 'Ends the evaluation of all request phases: the request goes to the origin, with the rewrites that were applied so far. In packet phases: the packet passes, whatever later rules say.',
  phases: [...PACKET_PHASES, ...REQUEST_PHASES],
  terminating: true,
  schema: SCHEMA,
  examples: ['action: allow'],
  build: () => ({ ok: true, action: { type: 'allow', terminating: true } }),
}
