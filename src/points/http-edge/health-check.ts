import type { HealthConfig } from '#config'
import type { ResponseHead } from '#wire'
import type { Engine } from './engine.ts'
import type { OriginConnection } from './origin-connection.ts'
import type { OriginPool } from './origin-pool.ts'
import type { OriginFailure, OriginUser } from './origin-user.ts'

type ActiveCheck = NonNullable<HealthConfig['active']>

/** Where a change of health is told. */
export interface HealthLog {
  report(level: 'info' | 'warn', code: string, message: string, facts: Readonly<Record<string, string>>): unknown
}

/** One request of a check, on the same connections and through the same parser as the traffic. */
class Probe implements OriginUser {
  readonly heldBytes = 0
  readonly #onResult: (problem: string | undefined) => void
  readonly #timer: NodeJS.Timeout
  readonly #request: string
  readonly #expectStatus: readonly number[]
  readonly #connection: OriginConnection | undefined
  #problem: string | undefined
  #done = false

  constructor(pool: OriginPool, check: ActiveCheck, onResult: (problem: string | undefined) => void) {
    this.#onResult = onResult
    this.#expectStatus = check.expectStatus
    this.#request = `GET ${check.path} HTTP/1.1\r\nHost: ${pool.authority}\r\nUser-Agent: tidegate-health-check\r\n\r\n`
    this.#timer = setTimeout(() => this.#finish(`no answer within ${check.timeoutMs} ms`), check.timeoutMs)
    this.#connection = pool.take(this, true)
    if (this.#connection === undefined) this.#finish(undefined)
  }

  onOriginConnected(): void {
    this.#connection!.sendHead(this.#request, 'GET', false)
    this.#connection!.sendEnd(undefined)
    this.#connection!.flush()
  }

  onOriginHead(head: ResponseHead): void {
    const expected = this.#expectStatus.length === 0 ? head.status < 400 : this.#expectStatus.includes(head.status)
    if (!expected) this.#problem = `it answered ${head.status}`
  }

  onOriginEnd(): void {
    this.#finish(this.#problem)
  }

  onOriginFailure(failure: OriginFailure): void {
    this.#finish(failure.detail)
  }

  onOriginFlush(): boolean {
    return true
  }

  onOriginInformational(): void {}
  onOriginBody(): void {}
  onOriginDrain(): void {}
  onOriginStreamEnd(): void {}

  onOriginSwitched(): void {
    this.#finish('it switched protocols')
  }

  onOriginStream(): boolean {
    return true
  }

  cancel(): void {
    this.#done = true
    clearTimeout(this.#timer)
    this.#connection?.destroy()
  }

  #finish(problem: string | undefined): void {
    if (this.#done) return
    this.#done = true
    clearTimeout(this.#timer)
    if (problem !== undefined) this.#connection?.destroy()
    this.#onResult(problem)
  }
}

/** Checks one origin again and again, and changes its health after enough equal results. */
class OriginCheck {
  readonly #pool: OriginPool
  readonly #check: ActiveCheck
  readonly #log: HealthLog
  readonly #timer: NodeJS.Timeout
  #probe: Probe | undefined
  #running = false
  #healthy = true
  #streak = 0

  constructor(pool: OriginPool, check: ActiveCheck, log: HealthLog) {
    this.#pool = pool
    this.#check = check
    this.#log = log
    this.#timer = setInterval(() => this.#run(), check.intervalMs)
    this.#run()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#probe?.cancel()
  }

  #run(): void {
    if (this.#running) return
    this.#running = true
    this.#probe = new Probe(this.#pool, this.#check, (problem) => this.#result(problem))
  }

  #result(problem: string | undefined): void {
    this.#running = false
    const healthy = problem === undefined
    this.#streak = healthy === this.#healthy ? 0 : this.#streak + 1
    if (this.#streak < (healthy ? this.#check.healthyAfter : this.#check.unhealthyAfter)) return
    if (healthy === this.#healthy) return
    this.#healthy = healthy
    this.#streak = 0
    this.#pool.health.checked(healthy)
    const { url } = this.#pool.config
    if (healthy) this.#log.report('info', 'origin-healthy', `${url} passes its health check again`, { origin: url })
    else this.#log.report('warn', 'origin-unhealthy', `${url} fails its health check: ${problem}`, { origin: url })
  }
}

/** Starts the active checks of all sites that have one; returns what stops them. One worker does it for all. */
export function startHealthChecks(engine: Engine, log: HealthLog): () => void {
  const checks = engine.siteList.flatMap(({ config, origins }) => {
    const { active } = config.health
    return active === undefined ? [] : origins.origins.map((pool) => new OriginCheck(pool, active, log))
  })
  return () => {
    for (const check of checks) check.stop()
  }
}
