import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { loadSecRules, type SecRule } from '../../seclang/index.ts'
import { crsDirectory, crsTests, debianCrsDirectory } from '../../testing/crs.ts'

/** A pattern of `@rx` with the first rule that has it. */
export interface RulePattern {
  readonly id: string
  readonly pattern: string
  readonly paranoia: number
}

/** All distinct patterns without macros of the rule sets on this machine: CRS 4 and Debian's CRS 3.3. */
export function rulePatterns(directories = [crsDirectory(), debianCrsDirectory()]): readonly RulePattern[] {
  const patterns = new Map<string, RulePattern>()
  for (const directory of directories) {
    if (directory === undefined) continue
    const rules = loadSecRules({ directory }).items.filter((item): item is SecRule => item.type === 'rule')
    for (const { id, links, metadata } of rules) {
      for (const { operator } of links) {
        const pattern = operator.argument
        if (operator.name !== 'rx' || pattern.includes('%{') || patterns.has(pattern)) continue
        patterns.set(pattern, { id: `${id}`, pattern, paranoia: metadata.paranoia })
      }
    }
  }
  return [...patterns.values()]
}

/** Values of the requests in the tests of CRS: targets, header values and bodies, plain and decoded, as bytes. */
export function crsPayloads(): readonly string[] {
  const folder = crsTests()
  const payloads = new Set<string>()
  if (folder === undefined) return []
  for (const file of readdirSync(folder)) {
    for (const line of readFileSync(path.join(folder, file), 'utf8').split('\n')) {
      if (line !== '') collectStrings(JSON.parse(line), payloads)
    }
  }
  return [...payloads]
}

function collectStrings(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8').toString('latin1')
    into.add(bytes)
    for (const part of bytes.split(/[?&=]/)) into.add(decodePercent(part))
  } else if (value !== null && typeof value === 'object') {
    for (const child of Object.values(value)) collectStrings(child, into)
  }
}

function decodePercent(text: string): string {
  return text
    .replace(/\+/g, ' ')
    .replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
