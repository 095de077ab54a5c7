import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Config, loadConfig } from '#config'
import { Logger, TidegateError } from '#kernel'
import { DURATION_UNITS, readQuantity } from '#rules'
import { DEFAULT_CONFIG } from '../client/server-options.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { announce } from '../up/announce.ts'
import { prepareDemo } from '../up/demo.ts'
import { type Server, startServer } from '../up/supervisor.ts'

interface UpOptions {
  readonly config?: string
  readonly listen?: string
  readonly console?: string
  readonly confirmWithin?: string
  readonly verbose?: boolean
}

/** Does what `tidegate up` says. */
export async function runUp(options: UpOptions): Promise<ExitCode> {
  const log = new Logger(options.verbose === true ? 'debug' : 'info')
  const signals = new Signals()
  const file = options.config ?? ownConfig(options)
  if (file !== undefined) return serve(configOf(file, options), log, signals, undefined)
  if (options.confirmWithin !== undefined) throw nothingToConfirm()
  const demo = await prepareDemo(options)
  try {
    return await serve(demo.config, log, signals, demo.originUrl)
  } finally {
    await demo.close()
  }
}

/** ./tidegate.yaml where there is one, as with every other command; options of the demo ask for the demo. */
function ownConfig({ listen, console: api }: UpOptions): string | undefined {
  return listen === undefined && api === undefined && existsSync(DEFAULT_CONFIG) ? DEFAULT_CONFIG : undefined
}

/** The configuration of a file; `--confirm-within` counts instead of what stands there. */
function configOf(file: string, { confirmWithin }: UpOptions): Config {
  const config = loadConfig(resolve(file))
  if (confirmWithin === undefined) return config
  const confirmWithinMs = readQuantity(confirmWithin, DURATION_UNITS)
  if (confirmWithinMs === undefined || confirmWithinMs < 1000 || config.firewall === undefined) {
    throw nothingToConfirm()
  }
  return { ...config, firewall: { ...config.firewall, confirmWithinMs } }
}

function nothingToConfirm(): TidegateError {
  return new TidegateError('ERR_USAGE', '--confirm-within needs a duration, and a firewall to be confirmed', {
    source: 'client',
    remedy: 'Give for example --confirm-within 60s, with a section `firewall` in the configuration.',
  })
}

async function serve(config: Config, log: Logger, signals: Signals, demoOrigin: string | undefined): Promise<ExitCode> {
  const server = await startServer(config, log)
  // It serves, also where nobody can be told so.
  process.stdout.removeAllListeners('error').on('error', () => {})
  process.stdout.write(announce(server, demoOrigin))
  const signal = await signals.untilEnd(server)
  log.info(`${signal}: finishing what runs, then stopping`)
  await server.stop(signal)
  log.info('stopped')
  return EXIT.ok
}

/** A launcher and a terminal may both pass on one key press: a second signal so soon is the same. */
const SAME_SIGNAL_MS = 1000

/** Signals of the process, heard from the start, so that one that comes while the server starts is not lost. */
class Signals {
  #askedAtMs: number | undefined
  #signal: string | undefined
  #wake: ((signal: string) => void) | undefined
  #server: Server | undefined

  constructor() {
    process.on('SIGHUP', () => void this.#server?.hangUp())
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => this.#end(signal))
  }

  /** Resolves with the name of the signal that asks for the end. */
  untilEnd(server: Server): Promise<string> {
    this.#server = server
    return new Promise((resolve) => {
      this.#wake = resolve
      if (this.#signal !== undefined) resolve(this.#signal)
    })
  }

  #end(signal: 'SIGTERM' | 'SIGINT'): void {
    const now = performance.now()
    if (this.#askedAtMs !== undefined && now - this.#askedAtMs > SAME_SIGNAL_MS)
      process.exit(signal === 'SIGINT' ? 130 : 143)
    this.#askedAtMs ??= now
    this.#signal = signal
    this.#wake?.(signal)
  }
}
