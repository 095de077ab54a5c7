import { dirname, resolve } from 'node:path'
import type { WafSettings } from '#detect'
import { buildFirewall } from './build-firewall.ts'
import { buildFlows } from './build-flows.ts'
import type { Config, EdgeWafConfig, OriginConfig, SiteConfig } from './config.ts'
import { NO_EDGE } from './schema/edge.ts'
import type { RawConfig } from './schema/root.ts'

type RawEdge = NonNullable<RawConfig['edge']>
type RawSite = RawEdge['sites'][number]
type RawOrigin = RawSite['origins'][number]

/** Turns the validated values of the file into the configuration that the parts read: absolute paths, units in names. */
export function buildConfig(raw: RawConfig, file: string): Config {
  const folder = dirname(resolve(file))
  const { edge = NO_EDGE, firewall, flows } = raw
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
      waf: buildEdgeWaf(edge.waf, folder),
      ...(edge.testTokenEnv !== undefined && { testTokenEnv: edge.testTokenEnv }),
    },
    ...(firewall !== undefined && { firewall: buildFirewall(firewall) }),
    ...(flows !== undefined && { flows: buildFlows(flows) }),
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
    waf: buildSiteWaf(raw.waf),
  }
}

function buildEdgeWaf({ ruleSets, setup, payloadKey }: RawEdge['waf'], folder: string): EdgeWafConfig {
  return {
    ruleSets: ruleSets.crs === undefined ? {} : { crs: resolve(folder, ruleSets.crs) },
    ...(setup !== undefined && { setupFile: resolve(folder, setup) }),
    ...(payloadKey !== undefined && { payloadKeyFile: resolve(folder, payloadKey) }),
  }
}

function buildSiteWaf(raw: RawSite['waf']): WafSettings {
  return {
    mode: raw.mode,
    ruleSets: [...new Set(raw.rules)],
    paranoia: raw.paranoia,
    inboundThreshold: raw.inboundThreshold,
    outboundThreshold: raw.outboundThreshold,
    sensitivity: raw.sensitivity,
    bodyLimitBytes: raw.bodyLimit,
    responseBodyLimitBytes: raw.responseBodyLimit,
    budgetMs: raw.budget,
    onBudget: raw.onBudget,
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

function buildLimits(raw: RawEdge['limits']): Config['edge']['limits'] {
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

function buildTimeouts(raw: RawEdge['timeouts']): Config['edge']['timeouts'] {
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
