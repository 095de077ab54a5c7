import type { OfFlow, ProtocolName, Seen, Side } from '../contract.ts'
import type { StreamEnd } from '../../flows/contract.ts'

export interface TlsClientHello extends Seen {
  readonly serverName: string | undefined
  /** Highest version first, as numbers: 0x0304 is TLS 1.3. GREASE left out. */
  readonly versions: readonly number[]
  readonly ciphers: readonly number[]
  readonly alpn: readonly string[]
  readonly supportedGroups: readonly number[]
  /** Groups that a key share was sent for. */
  readonly keyShareGroups: readonly number[]
  readonly signatureAlgorithms: readonly number[]
  readonly ja3: string
  readonly ja4: string
  /** A session ticket or a pre-shared key was offered. */
  readonly offersResumption: boolean
  readonly offersEarlyData: boolean
  /** `inner` cannot be seen: a hello with real ECH and one with GREASE look alike. */
  readonly hasEncryptedClientHello: boolean
  /** TLS_FALLBACK_SCSV: the client tried a higher version before. */
  readonly isFallback: boolean
  readonly sizeBytes: number
  /** How many segments it took. */
  readonly segments: number
}

export interface TlsServerHello extends Seen {
  readonly version: number
  readonly cipher: number
  /** IANA name, 'TLS_AES_128_GCM_SHA256'; '0x1a2b' when it is not known here. */
  readonly cipherName: string
  /** Visible up to TLS 1.2 only. */
  readonly alpn: string | undefined
  readonly keyShareGroup: number | undefined
  /** The server took the offered session up again. */
  readonly resumed: boolean
  /** The random says that the server could do more: a downgrade on the path (RFC 8446 section 4.1.3). */
  readonly downgradeMark: 'tls12' | 'tls11' | undefined
}

export interface TlsHelloRetryRequest extends Seen {
  readonly group: number | undefined
  readonly hasCookie: boolean
}

/** A certificate that was sent in the clear (TLS 1.2 and below), or in a session whose secrets are known. Times in seconds since the Unix epoch. */
export interface TlsCertificate {
  readonly subject: string
  readonly issuer: string
  readonly notBeforeSeconds: number
  readonly notAfterSeconds: number
  /** DNS names and addresses that it is for, as text. */
  readonly names: readonly string[]
  readonly isAuthority: boolean
  readonly isSelfSigned: boolean
  readonly serialNumber: string
  readonly fingerprint256: string
  readonly keyType: string
  readonly sizeBytes: number
}

export interface TlsCertificateChain extends Seen {
  /** As sent, leaf first; at most 8. */
  readonly certificates: readonly TlsCertificate[]
  /**
   * Where a certificate is not issued by the next: index of that certificate, -1 when every link holds. What stands last
   * may be issued by a root that need not be sent.
   */
  readonly brokenLinkAt: number
  /** The leaf stands alone though it was issued by somebody else: the client needs an intermediate that was not sent. */
  readonly isLeafAlone: boolean
  /** The leaf is for the name that the client asked for; undefined when it asked for none. */
  readonly coversServerName: boolean | undefined
  /** By the time of the capture. */
  readonly leafExpired: boolean
  readonly leafNotYetValid: boolean
  /** Index of the first certificate in the chain out of its time; -1 for none. */
  readonly outOfTimeAt: number
}

export interface TlsAlert extends Seen {
  readonly from: Side
  /**
   * True when its content is hidden. Up to TLS 1.2 the record says that it is an alert; in TLS 1.3 it is told by its
   * length, which only an alert has.
   */
  readonly encrypted: boolean
  readonly level: 'warning' | 'fatal' | undefined
  /** Number and name (RFC 8446 section 6): 48 'unknown_ca'. */
  readonly description: number | undefined
  readonly name: string | undefined
  /** Before both sides had finished their handshake. */
  readonly duringHandshake: boolean
}

export interface TlsSession extends OfFlow {
  readonly kind: 'tls'
  /** Undefined when the capture began behind it, or the first bytes were no hello. */
  readonly clientHello: TlsClientHello | undefined
  readonly helloRetryRequest: TlsHelloRetryRequest | undefined
  /** The answer to HelloRetryRequest. */
  readonly secondClientHello: TlsClientHello | undefined
  readonly serverHello: TlsServerHello | undefined
  readonly certificateChain: TlsCertificateChain | undefined
  /** Where the server asked for a client certificate; hidden in TLS 1.3, where the client's answer tells it. */
  readonly certificateRequest: Seen | undefined
  /** How many certificates the client gave when it was asked; in TLS 1.3, told by the lengths of records, 0 or 1 for any. */
  readonly clientCertificate: (Seen & { readonly count: number }) | undefined
  readonly serverHelloDone: Seen | undefined
  /** First encrypted handshake or ChangeCipherSpec of each side. */
  readonly clientEncryptedFrom: Seen | undefined
  readonly serverEncryptedFrom: Seen | undefined
  readonly newSessionTicket: Seen | undefined
  /** At most 8. */
  readonly alerts: readonly TlsAlert[]
  /** First record of application data; in TLS 1.3 the first that is no part of the handshake, as far as lengths can tell. */
  readonly clientApplicationData: Seen | undefined
  readonly serverApplicationData: Seen | undefined
  /** ClientHello to ServerHello (or HelloRetryRequest), and ClientHello to the first application data. */
  readonly serverHelloNs: number | undefined
  readonly handshakeNs: number | undefined
  /** `closed` says that it ended before both sides had finished, without alert. `unseen` that the handshake was not captured. */
  readonly outcome: 'established' | 'alert' | 'closed' | 'unanswered' | 'open' | 'not-tls' | 'unseen'
  /** The client went away when it had seen the certificate (or in TLS 1.3 the flight that holds it), before it finished. */
  readonly abandonedAfterCertificate: boolean
  /** Established, and then closed by a client that never said a word: some check the certificate only then; so do probes. */
  readonly leftSilently: boolean
  /** How and by whom the stream ended, when it ended before the session was established. */
  readonly end: StreamEnd | undefined
  readonly endedBy: Side | undefined
  readonly lastSeen: Seen
  /** The other side answered with another protocol: plain HTTP on the port of TLS. */
  readonly notTls: (Seen & { readonly from: Side; readonly looksLike: ProtocolName | undefined }) | undefined
  /** Bytes of the handshake were missing in the capture. */
  readonly hasGap: boolean
  /** Its secrets are known: what it carries was read. */
  readonly isOpened: boolean
}
