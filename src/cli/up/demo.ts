import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { dirname, join } from 'node:path'
import { type Config, demoPolicyFiles } from '#config'
import { messageOf, TidegateError } from '#kernel'
import { createControlServer } from '#net'
import { localDemoConfig } from '../demo-config.ts'

export interface Demo {
  readonly config: Config
  readonly originUrl: string
  close(): Promise<void>
}

/** Starts the demo's origin and writes the demo's policy where none is. */
export async function prepareDemo(options: { readonly listen?: string; readonly console?: string }): Promise<Demo> {
  const origin = await createControlServer(answerAsOrigin, { host: '127.0.0.1', port: 0 }, () => {})
  const originUrl = `http://127.0.0.1:${origin.port}`
  try {
    const config = localDemoConfig({ ...options, originUrl })
    for (const { path, text } of demoPolicyFiles()) writeOnce(join(config.policyDirectory, path), text)
    return { config, originUrl, close: () => origin.close() }
  } catch (error) {
    await origin.close(0)
    throw error
  }
}

/** What the person changed in the demo's policy stays. */
function writeOnce(path: string, text: string): void {
  if (existsSync(path)) return
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(path, text, { flag: 'wx' })
  } catch (error) {
    throw new TidegateError('ERR_DATA_DIRECTORY', `the demo cannot write ${path}: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Start it in a directory that you may write, or give --config FILE.',
      cause: error,
    })
  }
}

/** The demo's application: says what reached it. */
function answerAsOrigin(request: IncomingMessage, response: ServerResponse): void {
  request.resume()
  request.on('end', () => {
    const { method, url, headers } = request
    const body = `${JSON.stringify({ message: 'Hello from the demo origin.', method, url, headers }, null, 2)}\n`
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
    response.end(method === 'HEAD' ? undefined : body)
  })
}
