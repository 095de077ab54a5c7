import { join, resolve } from 'node:path'
import { type Config, demoConfig } from '#config'

/** Where the demo keeps everything, relative to the working directory. */
const DEMO_DIRECTORY = 'data'

export interface DemoAddresses {
  /** `http://host:port` of the demo's origin; a command that does not start it needs none. */
  readonly originUrl?: string
  readonly listen?: string | undefined
  readonly console?: string | undefined
}

/** The configuration of `tidegate up` without a file, in the working directory. */
export function localDemoConfig({ originUrl = 'http://127.0.0.1:80', listen, console }: DemoAddresses = {}): Config {
  const directory = resolve(DEMO_DIRECTORY)
  const config = demoConfig({
    directory,
    originUrl,
    ...(listen === undefined ? {} : { listen }),
    ...(console === undefined ? {} : { consoleListen: console }),
  })
  return { ...config, dataDirectory: directory, policyDirectory: join(directory, 'policy') }
}
