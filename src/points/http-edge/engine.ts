import type { EdgeConfig, OriginConfig, SiteConfig } from '#config'
import type { GeoLookup } from '#detect'
import { type Logger, messageOf, RayMaker, wallClockMicros } from '#kernel'
import type { ConnectionFacts } from '#net'
import { fieldValue, hostOf, type LenientHead, type MessageLimits, type RequestHead } from '#wire'
import { BodyMemory } from './body-memory.ts'
import { TrustedProxies } from './client-address.ts'
import { Counters } from './counters.ts'
import type { Downstream, RequestFault } from './downstream.ts'
import type { EdgePolicy } from './edge-policy.ts'
import { Exchange } from './exchange.ts'
import { ExchangeFacts } from './facts.ts'
import { OriginGroup } from './origin-group.ts'
import { createOriginHealth, healthRows, OriginHealth } from './origin-health.ts'
import { OriginPool } from './origin-pool.ts'
import { SiteTable } from './site-table.ts'
import { TestClient } from './test-client.ts'
import type { EventHead } from '#events'

/** Where finished exchanges are written: the event recorder of the worker. */
export interface EventSink {
  record(head: EventHead, facts: ExchangeFacts): void
}

export interface EngineOptions {
  readonly edge: EdgeConfig
  readonly policy: EdgePolicy
  readonly events: EventSink
  readonly geo: GeoLookup | undefined
  readonly health: SharedArrayBuffer
  readonly logger: Logger
  /** Secret of the test client; undefined when there is none. */
  readonly testToken?: string | undefined
}

export interface Site {
  readonly config: SiteConfig
  readonly origins: OriginGroup
}

/** Something with time limits of its own. */
export interface Timed {
  /** Called about twice a second. */
  tick(nowMs: number): void
}

const TICK_MS = 500
/** What the bodies of all requests and answers of a worker may take together while the WAF collects them. */
const BODY_MEMORY_BYTES = 134_217_728

/** What all exchanges of one worker share: sites and origins, the policy in force, the log, the clock of time limits. */
export class Engine {
  readonly edge: EdgeConfig
  readonly sites: SiteTable<Site>
  readonly siteList: readonly Site[]
  readonly trusted: TrustedProxies
  readonly geo: GeoLookup | undefined
  readonly events: EventSink
  readonly counters = new Counters()
  readonly logger: Logger
  readonly limits: MessageLimits
  readonly bodyMemory = new BodyMemory(BODY_MEMORY_BYTES)
  readonly testClient: TestClient | undefined
  readonly #rays = new RayMaker()
  readonly #timed = new Set<Timed>()
  readonly #pools: OriginPool[] = []
  readonly #routed = new Map<string, OriginGroup>()
  readonly #timer: NodeJS.Timeout
  #dateSecond = 0
  #dateText = ''
  policy: EdgePolicy
  /** Monotonic milliseconds at the last tick: exact enough for time limits, free to read. */
  nowMs = performance.now()
  draining = false

  constructor(options: EngineOptions) {
    this.edge = options.edge
    this.policy = options.policy
    this.events = options.events
    this.geo = options.geo
    this.logger = options.logger
    this.limits = options.edge.limits
    this.testClient = options.testToken === undefined ? undefined : new TestClient(options.testToken)
    this.trusted = new TrustedProxies(options.edge.trustedProxies)
    const rows = healthRows(options.edge)
    this.siteList = options.edge.sites.map((config, at) => ({
      config,
      origins: new OriginGroup(
        config.origins.map((origin, i) => this.#pool(origin, new OriginHealth(options.health, rows[at] + i))),
        config.balance,
      ),
    }))
    this.sites = new SiteTable(this.siteList)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  /** An exchange for a request that `downstream` received; the caller starts it. */
  exchange(downstream: Downstream, head: RequestHead): Exchange {
    const { connection } = downstream
    const client = this.trusted.clientAddress(connection.remoteAddress, head.fields)
    const nowMs = Date.now()
    const facts = new ExchangeFacts(this.#rays.next(nowMs), connection, head, client, this.geo, nowMs)
    return new Exchange(this, downstream, facts)
  }

  /** Answers and logs a request that was refused before its head was whole; `reading` is what can be made out of it. */
  refuse(downstream: Downstream, fault: RequestFault, reading?: LenientHead): Exchange {
    const exchange = new Exchange(this, downstream, this.#headlessFacts(downstream.connection))
    const authority = reading === undefined ? undefined : fieldValue(reading.fields, 'host')
    try {
      exchange.refused(fault, reading, authority === undefined ? undefined : hostOf(authority))
    } catch (error) {
      exchange.internalError(error)
    }
    return exchange
  }

  /** Logs that a connection was refused or ended by its front, without an answer. */
  reportFault(connection: ConnectionFacts, fault: string, why: string): void {
    const facts = this.#headlessFacts(connection)
    facts.fault = fault
    this.counters.request('refuse', 0)
    this.events.record(
      {
        ray: facts.ray,
        timeMicros: wallClockMicros(),
        point: 'http-edge',
        policyVersion: this.policy.version,
        decision: { verdict: 'refuse', why, matches: [] },
      },
      facts,
    )
  }

  /** Notes an exception in our own code. */
  fault(error: unknown): void {
    this.logger.error('internal error', { error: error instanceof Error ? error.stack : messageOf(error) })
    this.counters.add('tidegate_internal_errors_total')
  }

  #headlessFacts(connection: ConnectionFacts): ExchangeFacts {
    const nowMs = Date.now()
    return new ExchangeFacts(this.#rays.next(nowMs), connection, undefined, connection.remoteAddress, this.geo, nowMs)
  }

  /** Origins that a rule names by URL, with the limits of the site that the request belongs to. */
  routedOrigins(url: string, site: SiteConfig | undefined): OriginGroup {
    const known = this.#routed.get(url)
    if (known !== undefined) return known
    const parsed = new URL(url)
    const secure = parsed.protocol === 'https:'
    const config: OriginConfig = {
      url,
      secure,
      host: parsed.hostname.replace(/^\[|\]$/g, ''),
      port: Number(parsed.port) || (secure ? 443 : 80),
      verify: true,
      maxConnections: site?.origins[0]?.maxConnections ?? 1024,
    }
    const health = new OriginHealth(createOriginHealth({ ...this.edge, sites: [] }), 0)
    const group = new OriginGroup([this.#pool(config, health)], 'round-robin')
    this.#routed.set(url, group)
    return group
  }

  #pool(config: OriginConfig, health: OriginHealth): OriginPool {
    const { timeouts } = this.edge
    const pool = new OriginPool({
      config,
      health,
      limits: this.limits,
      connectTimeoutMs: timeouts.originConnectMs,
      idleMs: timeouts.originIdleMs,
    })
    this.#pools.push(pool)
    return pool
  }

  /** Calls `tick` until `unwatch`. */
  watch(timed: Timed): void {
    this.#timed.add(timed)
  }

  unwatch(timed: Timed): void {
    this.#timed.delete(timed)
  }

  #tick(): void {
    this.nowMs = performance.now()
    for (const pool of this.#pools) pool.tick(this.nowMs)
    for (const timed of this.#timed) timed.tick(this.nowMs)
  }

  /** Value of the Date field for answers of our own. */
  date(): string {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#dateSecond) {
      this.#dateSecond = second
      this.#dateText = new Date(second * 1000).toUTCString()
    }
    return this.#dateText
  }

  /** Connections to origins, for the counters. */
  get originConnections(): number {
    return this.#pools.reduce((sum, pool) => sum + pool.open, 0)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const pool of this.#pools) pool.close()
  }
}
