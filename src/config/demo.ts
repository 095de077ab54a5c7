import { join } from 'node:path'
import type { Config } from './config.ts'
import { parseConfig } from './load-config.ts'
import type { StarterFile } from './starter.ts'

/** What the demo needs to know: where it may write and where its origin listens. */
export interface DemoOptions {
  /** Absolute path of the folder for data and policy. */
  readonly directory: string
  /** `http://host:port` of the demo origin. */
  readonly originUrl: string
  /** `host:port` of the edge. */
  readonly listen?: string
  /** `host:port` of the API. */
  readonly consoleListen?: string
}

/** The configuration of `tidegate up` without a file. */
export function demoConfig(options: DemoOptions): Config {
  const { directory, originUrl, listen = '127.0.0.1:8080', consoleListen = '127.0.0.1:9090' } = options
  const text = JSON.stringify({
    console: { listen: consoleListen },
    edge: {
      workers: 1,
      listeners: [listen],
      sites: [{ name: 'demo', hosts: ['*'], origins: [originUrl], waf: { mode: 'block' } }],
    },
  })
  return { ...parseConfig(text, join(directory, 'demo.yaml')), file: undefined }
}

const DEMO_POLICY = `# The policy of the demo. Edit it while Tidegate runs: a valid change takes effect at once.
phase: firewall_custom
rules:
  - id: no-admin
    description: Administration pages are closed.
    when: http.request.uri.path wildcard "/admin*"
    action: block
`

/** Policy files of the demo, relative to its policy directory. */
export function demoPolicyFiles(): readonly StarterFile[] {
  return [{ path: 'demo.yaml', text: DEMO_POLICY }]
}
