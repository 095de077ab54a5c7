import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type EdgeConfig, loadPolicy, loadWaf, parseConfig, type SiteConfig } from '#config'
import { openEdgeWaf } from '../edge-waf.ts'
import { startEdge, type TestEdge, testConfig, testSite, WAF_OFF } from './edge.ts'
import { type OriginScript, scriptedOrigin } from './scripted-origin.ts'

export const TEST_TOKEN = 'the secret of the test client'

/** What an edge with a WAF is to be made of; by default the built-in rules in mode `block`. */
export interface WafEdgeOptions {
  readonly waf?: Partial<SiteConfig['waf']>
  readonly site?: Partial<SiteConfig>
  readonly edge?: Partial<EdgeConfig>
  /** Text of a policy file. */
  readonly policy?: string
  /** Text of a SecLang file, which then is the rule set `crs`. */
  readonly rules?: string
  readonly script?: OriginScript
}

export interface WafEdge extends TestEdge {
  /** What reached the origin, byte for byte. */
  received(): string
}

/** An edge in front of a scripted origin; both end with the test. */
export async function startWafEdge(t: TestContext, options: WafEdgeOptions): Promise<WafEdge> {
  const folder = mkdtempSync(join(tmpdir(), 'tidegate-waf-edge-'))
  mkdirSync(join(folder, 'policy'))
  writeFileSync(join(folder, 'policy', 'test.yaml'), options.policy ?? '')
  if (options.rules !== undefined) {
    mkdirSync(join(folder, 'rules'))
    writeFileSync(join(folder, 'rules', 'test.conf'), options.rules)
  }
  let received = ''
  const seen = new Set<number>()
  const origin = await scriptedOrigin((socket, text, connection) => {
    if (!seen.has(connection)) {
      seen.add(connection)
      received += text
      socket.on('data', (bytes) => (received += bytes.toString('latin1')))
    }
    options.script?.(socket, text, connection)
  })
  t.after(async () => {
    await origin.close()
    rmSync(folder, { recursive: true })
  })
  const waf = { ...WAF_OFF, mode: 'block' as const, ...options.waf }
  const site = testSite([origin.port], { ...options.site, waf })
  const ruleSets = options.rules === undefined ? {} : { crs: folder }
  const edge = testConfig([site], { ...options.edge, waf: { ruleSets } })
  const text = JSON.stringify({ edge: { listeners: ['127.0.0.1:0'], sites: [SITE] } })
  const config = { ...parseConfig(text, join(folder, 'tidegate.yaml')), edge }
  const { policy } = loadPolicy(join(folder, 'policy'), { config })
  const started = await startEdge(edge, policy, {
    waf: openEdgeWaf(loadWaf(config, policy).tables),
    testToken: TEST_TOKEN,
  })
  t.after(() => started.close())
  return { ...started, received: () => received }
}

/** Only there to have a whole configuration around the one of the test. */
const SITE = { name: 'site', hosts: ['*'], origins: ['http://127.0.0.1:1'] }
