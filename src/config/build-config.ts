import { dirname, resolve } from 'node:path'
import type { Config, OriginConfig, SiteConfig } from './config.ts'
import type { RawConfig } from './schema/root.ts'

type RawSite = RawConfig['edge']['sites'][number]
type RawOrigin = RawSite['origins'][number]

/** Turns the validated values of the file into the configuration that the parts read: absolute paths, units in names. */
export function buildConfig(raw: RawConfig, file: string): Config {
  const folder = dirname(resolve(file))
  const { edge } = raw
  return {
    file: resolve(file),
    console: raw.console,
    dataDirectory: resolve(folder, raw.data),
    policyDirectory: resolve(folder, raw.policy),
    events: buildEvents(raw.events),
    edge: {
      workers: edge.workers,
      listeners: edge.listeners.map(({ address, ...listener }) => ({ ...address, ...listener })),
      certificates: edge.certificates.map(({ cert, key }) => ({
        certFile: resolve(folder, cert),
        keyFile: resolve(folder, key),
      })),
      sites: edge.sites.map((site) => buildSite(site, folder)),
      trustedProxies: edge.trustedProxies,
      limits: buildLimits(edge.limits),
      timeouts: buildTimeouts(edge.timeouts),
      http2: {
        concurrentStreams: edge.http2.concurrentStreams,
        resetsPerSecond: edge.http2.resetsPerSecond,
        headerListBytes: edge.http2.headerList,
        sessionMemoryBytes: edge.http2.sessionMemory,
      },
    },
  }
}

function buildEvents(raw: RawConfig['events']): Config['events'] {
  return {
    retentionSeconds: raw.retention / 1000,
    retentionBytes: raw.retentionSize,
    spoolBytes: raw.spoolSize,
    memoryLimitBytes: raw.memoryLimit,
    redact: raw.redact,
    sensitiveArguments: raw.sensitiveArguments.map((name) => name.toLowerCase()),
    sensitiveHeaders: raw.sensitiveHeaders.map((name) => name.toLowerCase()),
  }
}

function buildSite(raw: RawSite, folder: string): SiteConfig {
  const { active } = raw.health
  return {
    name: raw.name,
    hosts: raw.hosts,
    origins: raw.origins.map((origin) => buildOrigin(origin, folder)),
    balance: raw.balance,
    health: {
      maxFailures: raw.health.maxFailures,
      ejectMs: raw.health.ejectFor,
      ...(active !== undefined && {
        active: {
          path: active.path,
          intervalMs: active.interval,
          timeoutMs: active.timeout,
          healthyAfter: active.healthyAfter,
          unhealthyAfter: active.unhealthyAfter,
          expectStatus: active.expectStatus.flat(),
        },
      }),
    },
    preserveHost: raw.preserveHost,
    bodyLimitBytes: raw.bodyLimit,
    upgrade: raw.upgrade,
    retries: raw.retries,
  }
}

function buildOrigin(raw: RawOrigin, folder: string): OriginConfig {
  return {
    ...raw.url,
    verify: raw.verify,
    ...(raw.ca !== undefined && { caFile: resolve(folder, raw.ca) }),
    ...(raw.serverName !== undefined && { serverName: raw.serverName }),
    maxConnections: raw.maxConnections,
  }
}

function buildLimits(raw: RawConfig['edge']['limits']): Config['edge']['limits'] {
  return {
    headBytes: raw.head,
    fieldCount: raw.fields,
    trailerBytes: raw.trailers,
    chunkExtensionBytes: raw.chunkExtensions,
    requestsPerConnection: raw.requestsPerConnection,
    connections: raw.connections,
    headsPerAddress: raw.headsPerAddress,
  }
}

function buildTimeouts(raw: RawConfig['edge']['timeouts']): Config['edge']['timeouts'] {
  return {
    headMs: raw.head,
    bodyIdleMs: raw.bodyIdle,
    idleMs: raw.idle,
    tlsHandshakeMs: raw.tlsHandshake,
    originConnectMs: raw.originConnect,
    originResponseMs: raw.originResponse,
    originIdleMs: raw.originIdle,
    drainMs: raw.drain,
  }
}
