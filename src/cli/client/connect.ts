import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Config, type ListenAddress, loadConfig } from '#config'
import { TidegateError } from '#kernel'
import { localDemoConfig } from '../demo-config.ts'
import { ApiClient } from './api-client.ts'
import { DEFAULT_CONFIG, type ServerOptions } from './server-options.ts'

export const CLI_TOKEN_FILE = 'cli-token'
export const CONSOLE_URL_FILE = 'console-url'

/** A client of the server that the options, the configuration or a running demo point to. */
export function connect(options: ServerOptions): ApiClient {
  const token = options.token ?? process.env['TIDEGATE_TOKEN']
  if (options.server !== undefined) return new ApiClient(checkUrl(options.server), token)
  const file = options.config ?? (existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined)
  if (file !== undefined) return clientOf(loadConfig(resolve(file)), token)
  const demo = localDemoConfig()
  if (!existsSync(demo.dataDirectory)) {
    throw new TidegateError('ERR_USAGE', `there is no ${DEFAULT_CONFIG} here, and no demo ran here`, {
      source: 'configuration',
      remedy: 'Name the configuration with --config FILE, or the server with --server URL.',
    })
  }
  return clientOf(demo, token)
}

function clientOf(config: Config, token: string | undefined): ApiClient {
  const url = readLine(join(config.dataDirectory, CONSOLE_URL_FILE)) ?? consoleUrl(config.console.listen)
  return new ApiClient(url, token ?? readLine(join(config.dataDirectory, CLI_TOKEN_FILE)))
}

/** The URL under which a program on this machine reaches a listening address. */
export function consoleUrl({ host, port }: ListenAddress): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

function readLine(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new TidegateError('ERR_DATA_DIRECTORY', `${path} cannot be read (${code ?? 'unknown reason'})`, {
      source: 'environment',
      remedy: 'Run as the user that runs the server, or set TIDEGATE_TOKEN.',
      cause: error,
    })
  }
}

function checkUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:')) return text.replace(/\/+$/, '')
  throw new TidegateError('ERR_USAGE', `--server "${text}" is no URL`, {
    source: 'configuration',
    remedy: 'Give for example --server http://127.0.0.1:9090.',
  })
}
