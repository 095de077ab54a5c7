import { PACKET_PHASES } from '#decide'
import { z } from 'zod'
import type { SynCookieAction } from './action.ts'
import type { ActionDefinition } from './definition.ts'

const SCHEMA = z.strictObject({})

export const SYN_COOKIE: ActionDefinition<SynCookieAction, typeof SCHEMA> = {
  name: 'syn_cookie',
  help: 'Answers attempts to connect by TCP to programs of this machine before its network stack sees them, without remembering them: only clients that hear the answer come through. Segments that follow no such answer and belong to no connection are thrown away. Everything else that the rule matches goes on to the next rule. By nftables the network stack itself gives the cookies, which costs more, and answers stray segments with a reset. For connections to other machines there is `synproxy`.',
  phases: PACKET_PHASES,
  terminating: true,
  schema: SCHEMA,
  examples: ['action: syn_cookie'],
  build: () => ({ ok: true, action: { type: 'syn_cookie', terminating: true } }),
}
