import { PHASES } from '#decide'
import { z } from 'zod'
import type { LogAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

const SCHEMA = z.strictObject({})

export const LOG: ActionDefinition<LogAction, typeof SCHEMA> = {
  name: 'log',
  help: 'Records in the event that the rule matched, and goes on.',
  phases: PHASES,
  terminating: false,
  schema: SCHEMA,
  examples: ['action: log'],
  build: () => ({ ok: true, action: { type: 'log', terminating: false } }),
}
