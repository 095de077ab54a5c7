import type { SecRule } from '../seclang/index.ts'
import type { WafClass } from '../settings.ts'

/** How rule sets name kinds of attack in their tags, and the class that it is here. The first that is found decides. */
const CLASS_OF_TAG: readonly (readonly [RegExp, WafClass])[] = [
  [/^attack-sqli\b/, 'sqli'],
  [/^attack-xss\b/, 'xss'],
  [/^attack-(?:ssti|injection-template)\b/, 'template'],
  [/^attack-(?:ssrf|rfi)\b/, 'ssrf'],
  [/^attack-(?:lfi|traversal)\b/, 'traversal'],
  [/^attack-(?:rce|injection-(?:php|java|nodejs|command))\b/, 'rce'],
  [/^attack-(?:protocol|deprecated-header|multipart-header|dos)\b/, 'protocol'],
  [/^attack-reputation-/, 'scanner'],
  [/^attack-fixation\b/, 'session'],
  [/^attack-disclosure\b/, 'leak'],
  [/^attack-upload\b/, 'upload'],
  [/^attack-(?:injection|generic|ldap|webshell)\b/, 'exploit'],
]

/** The class of a rule by its tags; when they say nothing, a leak in an answer and a matter of the protocol elsewhere. */
export function classOfRule({ metadata, phase }: SecRule): WafClass {
  for (const [pattern, name] of CLASS_OF_TAG) if (metadata.tags.some((tag) => pattern.test(tag))) return name
  return phase === 3 || phase === 4 ? 'leak' : 'protocol'
}
