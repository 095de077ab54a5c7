import type { IpAddress } from '#wire'
import type { DnsTransaction } from './dns/dns-transaction.ts'
import type { HttpTransaction } from './http/http-transaction.ts'
import type { QuicSession } from './quic/quic-session.ts'
import type { TlsSession } from './tls/tls-session.ts'

/** Where and when something was seen: a frame of the capture, and nanoseconds as the flow analyzer counts them. */
export interface Seen {
  readonly frame: number
  readonly timeNs: number
}

export interface Endpoint {
  readonly address: IpAddress
  readonly port: number
}

/** Who said something. The client is the side that asked, whoever opened the connection. */
export type Side = 'client' | 'server'

/** What every transaction says of the flow that carried it. */
export interface OfFlow {
  /** Number of the flow that carried it, as the flow analyzer counts. */
  readonly flow: number
  readonly client: Endpoint
  readonly server: Endpoint
}

/** A protocol that is known by its first bytes, or by its port when `by` says so. */
export type ProtocolName =
  | 'dns'
  | 'mdns'
  | 'llmnr'
  | 'tls'
  | 'quic'
  | 'http'
  | 'http2'
  | 'ssh'
  | 'smtp'
  | 'ftp'
  | 'imap'
  | 'pop3'
  | 'mysql'
  | 'postgresql'
  | 'redis'
  | 'mqtt'
  | 'amqp'
  | 'ldap'
  | 'smb'
  | 'rdp'
  | 'sip'
  | 'rtsp'
  | 'bgp'
  | 'bittorrent'
  | 'socks'
  | 'xmpp'
  | 'vnc'
  | 'telnet'
  | 'memcached'
  | 'kerberos'
  | 'ntp'
  | 'dhcp'
  | 'stun'
  | 'dtls'
  | 'wireguard'
  | 'openvpn'
  | 'snmp'
  | 'tftp'
  | 'syslog'
  | 'netflow'
  | 'ipfix'
  | 'sflow'
  | 'ssdp'
  | 'websocket'
  | 'proxy-protocol'

/**
 * What a flow speaks, given once a flow when it is recognised or when nothing was after its first bytes. Content against
 * port is `mismatch`: HTTP on 443, TLS on 80, SSH on 80 ...
 */
export interface ProtocolGuess extends OfFlow, Seen {
  readonly kind: 'protocol'
  readonly transport: 'tcp' | 'udp'
  /** What the content says; undefined when it is like nothing that is known here. */
  readonly content: ProtocolName | undefined
  /** What the server's port stands for; undefined when it stands for nothing. */
  readonly port: ProtocolName | undefined
  readonly mismatch: boolean
  /** Who sent the bytes that gave it away. */
  readonly from: Side
  /** First line of what SSH, SMTP, FTP, IMAP, POP3 servers say of themselves; at most 256 characters, one a byte. */
  readonly banner: string | undefined
}

/** Bytes that break the rules of the protocol that they belong to. The rest of the flow may still be readable. */
export interface ProtocolFault extends OfFlow, Seen {
  readonly kind: 'fault'
  readonly protocol: ProtocolName
  readonly from: Side
  readonly fault: FaultName
  /** What was seen, for people. */
  readonly detail: string
}

export type FaultName =
  | 'dns-malformed'
  | 'dns-compression-loop'
  | 'dns-truncated-message'
  | 'dns-trailing-bytes'
  | 'tls-malformed'
  | 'tls-not-tls'
  | 'http2-malformed'
  | 'http2-goaway'
  | 'quic-malformed'
  | 'quic-not-decryptable'

export type Transaction = DnsTransaction | TlsSession | HttpTransaction | QuicSession | ProtocolGuess | ProtocolFault

/**
 * Is given each transaction once, when nothing can be added to it any more: an answered request, a session that is
 * encrypted from now on or ended, or what was open when the capture ended. The object is not used again by its maker.
 */
export interface TransactionSink {
  transaction(transaction: Transaction): void
}
