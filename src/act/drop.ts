import { PACKET_PHASES } from '#decide'
import { z } from 'zod'
import type { DropAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

const SCHEMA = z.strictObject({})

export const DROP: ActionDefinition<DropAction, typeof SCHEMA> = {
  name: 'drop',
  help: 'Throws the packet away; its sender learns nothing.',
  phases: PACKET_PHASES,
  terminating: true,
  schema: SCHEMA,
  examples: ['action: drop'],
  build: () => ({ ok: true, action: { type: 'drop', terminating: true } }),
}
