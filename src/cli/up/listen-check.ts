import type { Config, EdgeConfig } from '#config'
import { TidegateError } from '#kernel'
import { type ControlServer, createControlServer } from '#net'

/** An address that cannot be had, under the name of its setting. */
export interface ListenProblem {
  readonly setting: string
  readonly error: TidegateError
}

export interface ListenCheck {
  /** The edge with every port 0 replaced by a free port, so that all workers share one. */
  readonly edge: EdgeConfig
  readonly problems: readonly ListenProblem[]
}

/**
 * Tries every address of the configuration before anything is started, all of them at once, so that two settings that
 * want the same port are noticed too. The trial does not share ports: another program that would share one is noticed.
 */
export async function checkListenAddresses(config: Config): Promise<ListenCheck> {
  const trial = new Trial()
  const listeners = []
  for (const [i, listener] of config.edge.listeners.entries()) {
    listeners.push({
      ...listener,
      port: await trial.take(`edge.listeners[${i}].address`, listener.host, listener.port),
    })
  }
  await trial.take('console.listen', config.console.listen.host, config.console.listen.port)
  await trial.end()
  return { edge: { ...config.edge, listeners }, problems: trial.problems }
}

class Trial {
  readonly problems: ListenProblem[] = []
  readonly #servers: ControlServer[] = []

  /** Returns the port that was had, or adds a problem. */
  async take(setting: string, host: string, port: number): Promise<number> {
    try {
      const server = await createControlServer(
        (_request, response) => void response.destroy(),
        { host, port },
        () => {},
      )
      this.#servers.push(server)
      return server.port
    } catch (error) {
      if (!(error instanceof TidegateError)) throw error
      this.problems.push({ setting, error })
      return port
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close(0)))
  }
}

/** The error to stop with when an address cannot be had: one line that names the setting. */
export function listenError({ setting, error }: ListenProblem): TidegateError {
  return new TidegateError('ERR_LISTEN_FAILED', `${setting}: ${error.message}`, {
    source: 'environment',
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    cause: error,
  })
}
