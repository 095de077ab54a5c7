import type { IpAddress } from '#wire'

/** What the TLS handshake of a client connection showed. */
export interface TlsFacts {
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string
  /** IANA name of the cipher suite, as `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string
  /** Server name of the ClientHello in lower case; absent when the client sent none. */
  readonly sni: string | undefined
  /** The application protocol that was agreed on. */
  readonly alpn: string | undefined
  readonly ja4: string
  /** Milliseconds from the accepted connection to the finished handshake. */
  readonly handshakeMs: number
  /** True when a session ticket saved the key exchange with the certificate. */
  readonly resumed: boolean
}

/** Who is at the other end of a client connection, known once and true for its whole life. */
export interface ConnectionFacts {
  /** The client: the peer, or what the peer's PROXY protocol header names. */
  readonly remoteAddress: IpAddress
  readonly remotePort: number
  /** Where the client connected to: our socket, or what the PROXY protocol header names. */
  readonly localAddress: IpAddress
  readonly localPort: number
  /** The real peer of the TCP connection, before any PROXY protocol header. */
  readonly peerAddress: IpAddress
  readonly tls: TlsFacts | undefined
}
