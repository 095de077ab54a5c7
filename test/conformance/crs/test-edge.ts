import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { TEST_SETUP } from '#workbench'
import { freePorts, TidegateProcess } from '../../e2e/testing/tidegate-process.ts'
import { startReflectingOrigin } from './reflecting-origin.ts'

export const TOKEN = 'conformance'

/** A running Tidegate with CRS as its tests want it, in front of the origin that they speak to. */
export interface TestEdge {
  readonly tidegate: TidegateProcess
  stop(): Promise<void>
}

/** Starts it as a user would: a configuration in a folder, and `tidegate up`. */
export async function startTestEdge(crs: string): Promise<TestEdge> {
  const home = mkdtempSync(path.join(tmpdir(), 'tidegate-crs-'))
  const origin = await startReflectingOrigin()
  const ports = await freePorts(4)
  mkdirSync(path.join(home, 'policy'))
  writeFileSync(path.join(home, 'crs-setup.conf'), `${TEST_SETUP}\nInclude ${crs}/crs-setup.conf.example\n`)
  writeFileSync(path.join(home, 'tidegate.yaml'), configuration(crs, ports, origin.port))
  const tidegate = new TidegateProcess(home, ports, { TIDEGATE_TEST: TOKEN })
  const stop = async (): Promise<void> => {
    await tidegate.stop()
    origin.stop()
    rmSync(home, { recursive: true, force: true })
  }
  try {
    await tidegate.waitUntilReady()
  } catch (error) {
    await stop()
    throw error
  }
  return { tidegate, stop }
}

/** Detection only, everything inspected; short patience with requests that never become whole. */
function configuration(crs: string, [http, , , console]: readonly number[], origin: number): string {
  return `console: { listen: 127.0.0.1:${console}, tokens: [{ name: test, secretEnv: TIDEGATE_TOKEN, scopes: [admin] }] }
data: ./data
policy: ./policy
edge:
  workers: 1
  listeners: [{ address: 127.0.0.1:${http} }]
  testTokenEnv: TIDEGATE_TEST
  limits: { fields: 1000 }
  timeouts: { head: 1s, bodyIdle: 1s }
  waf: { ruleSets: { crs: ${JSON.stringify(crs)} }, setup: crs-setup.conf }
  sites:
    - name: tests
      hosts: ['*']
      origins: [http://127.0.0.1:${origin}]
      waf: { mode: log, rules: [crs], paranoia: 4, bodyLimit: 1MiB, responseBodyLimit: 1MiB, budget: 10s, onBudget: open }
`
}
