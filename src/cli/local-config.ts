import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Config, loadConfig } from '#config'
import { TidegateError } from '#kernel'
import { DEFAULT_CONFIG } from './client/server-options.ts'
import { localDemoConfig } from './demo-config.ts'

/** The configuration that a command works on without a server: the named one, ./tidegate.yaml, or that of a demo in ./data. */
export function localConfig(file: string | undefined): Config {
  if (file !== undefined) return loadConfig(resolve(file))
  if (existsSync(DEFAULT_CONFIG)) return loadConfig(resolve(DEFAULT_CONFIG))
  const demo = localDemoConfig()
  if (existsSync(demo.policyDirectory)) return demo
  throw new TidegateError('ERR_USAGE', `there is no ${DEFAULT_CONFIG} here`, {
    source: 'configuration',
    remedy: 'Name the configuration with --config FILE.',
  })
}
