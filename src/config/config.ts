import type { FloodMode, FloodProfile, FloodSensitivity, FloodThresholds, WafSettings } from '#detect'
import type { PacketDirection } from '#rules'
import type { IpRange } from '#wire'

/** `tidegate.yaml`, validated, with every default filled in and every path absolute. Plain data: it is posted to workers. */
export interface Config {
  /** Absolute path of the file it came from; undefined for the demo. */
  readonly file: string | undefined
  readonly console: ConsoleConfig
  /** Directory of the spool, the event store, policy versions and state. */
  readonly dataDirectory: string
  readonly policyDirectory: string
  readonly events: EventsConfig
  readonly edge: EdgeConfig
  readonly firewall?: FirewallConfig
  readonly flows?: FlowsConfig
}

export interface ListenAddress {
  readonly host: string
  /** 0 lets the system choose (tests). */
  readonly port: number
}

export type TokenScope = 'admin' | 'read' | 'metrics'

export interface ConsoleConfig {
  readonly listen: ListenAddress
  readonly tokens: readonly {
    readonly name: string
    readonly secretEnv: string
    readonly scopes: readonly TokenScope[]
  }[]
}

/** Where flow exports are received, and from whom; from everybody when `exporters` is empty. */
export interface FlowsConfig {
  readonly listeners: readonly ListenAddress[]
  readonly exporters: readonly IpRange[]
  readonly floods?: FlowFloodConfig
}

/** How floods are looked for in flows. */
export interface FlowFloodConfig extends Omit<FloodConfig, 'mode'> {
  readonly mode: 'off' | 'log'
  /** How long after its packets a flow may be exported. */
  readonly delayMs: number
  readonly protect: readonly FloodProfile[]
}

export interface EventsConfig {
  readonly retentionSeconds: number
  readonly retentionBytes: number
  readonly spoolBytes: number
  readonly memoryLimitBytes: number
  /** Field names whose values are stored as keyed hashes in addition to the secret ones. */
  readonly redact: readonly string[]
  /** Query arguments, in lower case, whose values are hashed. */
  readonly sensitiveArguments: readonly string[]
  /** Header names, in lower case, whose values are hashed. */
  readonly sensitiveHeaders: readonly string[]
}

export interface EdgeConfig {
  readonly workers: number
  readonly listeners: readonly ListenerConfig[]
  readonly certificates: readonly CertificateConfig[]
  readonly sites: readonly SiteConfig[]
  /** Peers whose X-Forwarded-For / Forwarded is believed. */
  readonly trustedProxies: readonly IpRange[]
  readonly limits: HttpLimits
  readonly timeouts: HttpTimeouts
  readonly http2: Http2Limits
  readonly waf: EdgeWafConfig
  /** Environment variable with the secret of the test client. */
  readonly testTokenEnv?: string
}

/** Where the rules of the WAF come from. */
export interface EdgeWafConfig {
  /** Folder of SecLang rules by the name of their rule set. */
  readonly ruleSets: { readonly crs?: string }
  readonly setupFile?: string
  /** PEM file of the public key that payloads in events are sealed to. */
  readonly payloadKeyFile?: string
}

export interface ListenerConfig extends ListenAddress {
  readonly tls: boolean
  /** The peer must open each connection with a PROXY protocol v1 or v2 header. */
  readonly proxyProtocol: boolean
  readonly http2: boolean
  readonly minTlsVersion: 'TLSv1.2' | 'TLSv1.3'
}

/** PEM files; names come from the certificate itself. */
export interface CertificateConfig {
  readonly certFile: string
  readonly keyFile: string
}

export interface SiteConfig {
  readonly name: string
  /** Lower-case host names: exact, `*.suffix`, or `*` for the default site. */
  readonly hosts: readonly string[]
  readonly origins: readonly OriginConfig[]
  readonly balance: 'round-robin' | 'least-connections'
  readonly health: HealthConfig
  /** Send the client's Host header to the origin (default) or the origin's own. */
  readonly preserveHost: boolean
  /** Largest request body; 413 above. */
  readonly bodyLimitBytes: number
  /** Protocols that may be upgraded to; default websocket. */
  readonly upgrade: readonly string[]
  /** Further attempts of safe requests on other origins. */
  readonly retries: number
  readonly waf: WafSettings
}

export interface OriginConfig {
  /** `http://host:port` or `https://host:port`. */
  readonly url: string
  readonly secure: boolean
  readonly host: string
  readonly port: number
  /** Verify the origin certificate; on unless switched off by name. */
  readonly verify: boolean
  /** PEM file of authorities to trust instead of the system's. */
  readonly caFile?: string
  /** Name for SNI and verification when it is not the host. */
  readonly serverName?: string
  readonly maxConnections: number
}

export interface HealthConfig {
  /** Passive: consecutive failures that take an origin out, and for how long. */
  readonly maxFailures: number
  readonly ejectMs: number
  /** Active check; absent means passive only. */
  readonly active?: {
    readonly path: string
    readonly intervalMs: number
    readonly timeoutMs: number
    readonly healthyAfter: number
    readonly unhealthyAfter: number
    readonly expectStatus: readonly number[]
  }
}

export interface HttpLimits {
  readonly headBytes: number
  readonly fieldCount: number
  readonly trailerBytes: number
  readonly chunkExtensionBytes: number
  /** Requests on one connection before it is closed. */
  readonly requestsPerConnection: number
  /** Client connections that one worker holds at a time. */
  readonly connections: number
  /** Connections of one address that may be without a whole request head for more than a second, in one worker. */
  readonly headsPerAddress: number
}

export interface HttpTimeouts {
  readonly headMs: number
  readonly bodyIdleMs: number
  readonly idleMs: number
  readonly tlsHandshakeMs: number
  readonly originConnectMs: number
  readonly originResponseMs: number
  readonly originIdleMs: number
  /** Longest life of a drained connection on shutdown. */
  readonly drainMs: number
}

export interface Http2Limits {
  readonly concurrentStreams: number
  /** Streams that the client reset within a second before the session is closed. */
  readonly resetsPerSecond: number
  readonly headerListBytes: number
  readonly sessionMemoryBytes: number
}

/** The packet filter. */
export interface FirewallConfig {
  readonly interfaces: readonly FirewallInterface[]
  readonly backend: 'auto' | 'xdp' | 'nftables'
  readonly onExit: 'open' | 'keep'
  /** Sources that pass before every rule. */
  readonly management: readonly IpRange[]
  /** How long a change of the rules waits for a confirmation before it is taken back; without it none is asked for. */
  readonly confirmWithinMs?: number
  readonly floods?: FloodConfig
}

export interface FirewallInterface {
  readonly name: string
  /** Which of its packets are filtered; at least one. */
  readonly directions: readonly PacketDirection[]
  /** Destinations that are watched for floods. */
  readonly protect: readonly FloodProfile[]
}

/** How floods are looked for, and what is done about them. */
export interface FloodConfig {
  readonly mode: FloodMode
  readonly learnMs: number
  readonly sensitivity: FloodSensitivity
  readonly thresholds: FloodThresholds
}
