import type { WafClass } from '#detect'

/** Written out, so that the words of a command load nothing; the type sees to it that none is missing. */
const CLASSES = {
  sqli: true,
  xss: true,
  rce: true,
  template: true,
  traversal: true,
  ssrf: true,
  exploit: true,
  scanner: true,
  protocol: true,
  upload: true,
  session: true,
  leak: true,
} as const satisfies Readonly<Record<WafClass, true>>

/** The kinds of attack, as commands take them. */
export const ATTACK_CLASSES = Object.keys(CLASSES) as readonly WafClass[]
