import { PACKET_PHASES } from '#decide'
import { z } from 'zod'
import type { ResetAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

const SCHEMA = z.strictObject({})

export const RESET: ActionDefinition<ResetAction, typeof SCHEMA> = {
  name: 'reset',
  help: 'Answers a TCP segment with a reset, so that its sender gives up at once. Resets, fragments and everything that is not TCP are thrown away without an answer.',
  phases: PACKET_PHASES,
  terminating: true,
  schema: SCHEMA,
  examples: ['action: reset'],
  build: () => ({ ok: true, action: { type: 'reset', terminating: true } }),
}
