import type { ConnectionFacts } from './connection-facts.ts'

/** Why a connection ended before a request, or its next one, could be read. Stable names: they stand in events. */
export type ConnectionFaultName =
  | 'connection-limit'
  | 'heads-per-address'
  | 'oldest-without-head'
  | 'proxy-header-missing'
  | 'proxy-header-malformed'
  | 'proxy-header-timeout'
  | 'tls-hello-malformed'
  | 'tls-handshake-timeout'
  | 'tls-handshake-failed'
  | 'plain-http-on-tls-port'

/** What a listener reports about a connection that it refused. */
export interface ConnectionFault {
  readonly fault: ConnectionFaultName
  /** One sentence for the event's `why`. */
  readonly detail: string
  readonly facts: ConnectionFacts
  /** Set when the fault is in a ClientHello that could still be read. */
  readonly hello: { readonly sni: string | undefined; readonly ja4: string } | undefined
}
