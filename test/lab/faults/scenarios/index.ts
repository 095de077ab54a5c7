import type { Scenario } from '../scenario.ts'
import { CLEAN } from './clean.ts'
import { CONNECTING } from './connecting.ts'
import { ENCRYPTION } from './encryption.ts'
import { HELD_OUT } from './held-out.ts'
import { HELD_OUT_CLEAN } from './held-out-clean.ts'
import { HOSTILE } from './hostile.ts'
import { LINK_AND_IP } from './link-and-ip.ts'
import { NAMES } from './names.ts'
import { REWRITTEN } from './rewritten.ts'
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
]

export { CLEAN, HELD_OUT, HELD_OUT_CLEAN }
