import type { ManagedRule } from '../managed-rule.ts'
import { EXPLOIT_RULES } from './exploit.ts'
import { LEAK_RULES } from './leak.ts'
import { PROTOCOL_RULES } from './protocol.ts'
import { RCE_RULES } from './rce.ts'
import { SCANNER_RULES } from './scanner.ts'
import { SESSION_RULES } from './session.ts'
import { SQLI_RULES } from './sqli.ts'
import { SSRF_RULES } from './ssrf.ts'
import { TEMPLATE_RULES } from './template.ts'
import { TRAVERSAL_RULES } from './traversal.ts'
import { UPLOAD_RULES } from './upload.ts'
import { XSS_RULES } from './xss.ts'

/** Every rule of the embedded set. A class is a file; adding a rule is one entry there. */
export const MANAGED_RULES: readonly ManagedRule[] = Object.freeze([
  ...SQLI_RULES,
  ...XSS_RULES,
  ...RCE_RULES,
  ...TEMPLATE_RULES,
  ...TRAVERSAL_RULES,
  ...SSRF_RULES,
  ...EXPLOIT_RULES,
  ...SCANNER_RULES,
  ...PROTOCOL_RULES,
  ...UPLOAD_RULES,
  ...SESSION_RULES,
  ...LEAK_RULES,
])
