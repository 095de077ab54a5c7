import { WAF_BOUNDS, WAF_MODES, WAF_RULE_SETS, WAF_SENSITIVITIES } from '#act'
import { WAF_CLASSES, type WafClass, type WafSensitivity } from '#detect'
import { z } from 'zod'
import { didYouMean } from '../source/did-you-mean.ts'
import { leaf, type Read } from './leaf.ts'
import { duration, filePath, size } from './units.ts'

/** Where the rules of the WAF come from, for all sites. */
export const EDGE_WAF_SCHEMA = z.strictObject({
  ruleSets: z
    .strictObject({
      crs: filePath()
        .optional()
        .describe(
          'Folder of SecLang rules: one with `rules/`, or one that holds *.conf. Without it: what `tidegate waf update` installed, else the package modsecurity-crs of the system.',
        ),
    })
    .prefault({})
    .describe('Rule sets in SecLang, such as the OWASP Core Rule Set.'),
  setup: filePath()
    .optional()
    .describe('SecLang file that is read before the rules of `ruleSets.crs`, such as a crs-setup.conf of your own.'),
  payloadKey: filePath()
    .optional()
    .describe(
      'PEM file of a public key (X25519 or RSA). With it events also hold what matched as it came, sealed to that key; `tidegate waf decrypt` opens it with the private one.',
    ),
})

type Levels = Readonly<Record<WafClass, WafSensitivity>>

const LEVELS: readonly string[] = WAF_SENSITIVITIES
const CLASSES: readonly string[] = WAF_CLASSES
const DEFAULT_LEVEL = 'medium'
const EXPECTED = `expected ${LEVELS.join(', ')}, or a mapping of classes to one of them`

function isLevel(value: unknown): value is WafSensitivity {
  return typeof value === 'string' && LEVELS.includes(value)
}

function allAt(level: WafSensitivity): Levels {
  return Object.fromEntries(WAF_CLASSES.map((name) => [name, level])) as Levels
}

/** One word for all classes, or a mapping; classes that it does not name stay as they are by default. */
function readLevels(value: unknown): Read<Levels> {
  if (isLevel(value)) return { value: allAt(value) }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: EXPECTED }
  for (const [name, level] of Object.entries(value)) {
    if (!CLASSES.includes(name)) {
      const hint = didYouMean(name, CLASSES) || `; known here: ${CLASSES.join(', ')}`
      return { fault: `expected classes of attacks, not \`${name}\``, hint }
    }
    if (!isLevel(level)) return { fault: `expected ${LEVELS.join(', ')} for ${name}` }
  }
  return { value: { ...allAt(DEFAULT_LEVEL), ...value } }
}

const { paranoia, threshold, bodyLimit, budget } = WAF_BOUNDS

/** How the WAF judges the requests of one site; `waf` rules of the phase firewall_managed change it for some of them. */
export const SITE_WAF_SCHEMA = z.strictObject({
  mode: z
    .enum(WAF_MODES)
    .prefault('log')
    .describe('`off`, `log` (events tell what would be blocked, nothing is held back), or `block`.'),
  rules: z
    .array(z.enum(WAF_RULE_SETS))
    .min(1)
    .prefault(['tidegate'])
    .describe(
      'Rule sets: `tidegate` is built in, `crs` are the SecLang rules of edge.waf.ruleSets.crs. A request is blocked when either says so.',
    ),
  paranoia: z
    .int()
    .min(paranoia.least)
    .max(paranoia.most)
    .prefault(1)
    .describe('Which SecLang rules run: 1 for the fewest false alarms, 4 for the most suspicion.'),
  inboundThreshold: z
    .int()
    .min(threshold.least)
    .max(threshold.most)
    .prefault(5)
    .describe('Sum of the scores of SecLang rules from which a request is blocked; one critical rule adds 5.'),
  outboundThreshold: z
    .int()
    .min(threshold.least)
    .max(threshold.most)
    .prefault(4)
    .describe('Sum of the scores of SecLang rules from which an answer is replaced.'),
  sensitivity: leaf('level, or mapping of classes to levels', readLevels)
    .prefault(DEFAULT_LEVEL)
    .describe(
      `How eagerly the rules of \`tidegate\` judge: ${LEVELS.join(', ')} for all, or by class of attack. Classes: ${CLASSES.join(', ')}.`,
    ),
  bodyLimit: size(bodyLimit)
    .prefault('1MiB')
    .describe(
      'Request body that is held and parsed in mode `block`; what follows is inspected in pieces while it streams.',
    ),
  responseBodyLimit: size(bodyLimit)
    .prefault('128KiB')
    .describe('As bodyLimit, of answers in text; 0B leaves the bodies of answers alone.'),
  budget: duration(budget).prefault('250ms').describe('CPU time for one request.'),
  onBudget: z
    .enum(['open', 'closed'])
    .prefault('closed')
    .describe('What becomes of a request whose CPU time is used up: it passes (`open`) or is blocked (`closed`).'),
})
