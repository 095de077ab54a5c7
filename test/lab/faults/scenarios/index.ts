import type { Scenario } from '../scenario.ts'
import { CLEAN as CLEAN_TRAFFIC } from './clean.ts'
import { CONNECTING } from './connecting.ts'
import { ENCRYPTION } from './encryption.ts'
import { CLEAN_FLOW_EXPORTS, FLOW_EXPORTS } from './flow-exports.ts'
import { HELD_OUT } from './held-out.ts'
import { HELD_OUT_CLEAN } from './held-out-clean.ts'
import { HOSTILE } from './hostile.ts'
import { LINK_AND_IP } from './link-and-ip.ts'
import { NAMES } from './names.ts'
import { REWRITTEN } from './rewritten.ts'
import { STRANGERS, STRANGERS_CLEAN } from './strangers.ts'
import { TRANSFERS } from './transfers.ts'
import { WEB_FAULTS } from './web.ts'

/** Captures with one fault each. */
export const FAULTS: readonly Scenario[] = [
  ...CONNECTING,
  ...TRANSFERS,
  ...NAMES,
  ...ENCRYPTION,
  ...WEB_FAULTS,
  ...LINK_AND_IP,
  ...HOSTILE,
  ...REWRITTEN,
  ...FLOW_EXPORTS,
  ...STRANGERS,
]

/** Captures without a fault. */
export const CLEAN: readonly Scenario[] = [...CLEAN_TRAFFIC, ...CLEAN_FLOW_EXPORTS, ...STRANGERS_CLEAN]

export { HELD_OUT, HELD_OUT_CLEAN }
