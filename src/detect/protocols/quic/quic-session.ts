import type { OfFlow, Seen, Side } from '../contract.ts'
import type { TlsClientHello } from '../tls/tls-session.ts'

export interface QuicClose extends Seen {
  readonly from: Side
  readonly errorCode: number
  /** 0x100 + alert for errors of TLS: 0x128 is handshake_failure. */
  readonly alert: number | undefined
  readonly reason: string
}

export interface QuicSession extends OfFlow {
  readonly kind: 'quic'
  /** Of the first packet: 1, 0x6b3343cf (version 2) ... */
  readonly version: number
  readonly versionName: string
  readonly clientHello: TlsClientHello | undefined
  /** Cipher and group that the server chose, from its Initial. */
  readonly serverHello: (Seen & { readonly cipher: number; readonly cipherName: string }) | undefined
  readonly versionNegotiation: (Seen & { readonly versions: readonly number[] }) | undefined
  readonly retry: Seen | undefined
  readonly clientInitials: number
  readonly serverInitials: number
  readonly firstClient: Seen | undefined
  readonly lastClient: Seen | undefined
  readonly firstServer: Seen | undefined
  readonly handshakePackets: { readonly client: number; readonly server: number }
  /** First packet with a short header of each side. */
  readonly clientOneRtt: Seen | undefined
  readonly serverOneRtt: Seen | undefined
  /** In Initial packets, which anybody can read. */
  readonly close: QuicClose | undefined
  /** First client Initial to the first answer. */
  readonly answerNs: number | undefined
  /** `unanswered`: the server never sent a packet: blocked on the path, or no QUIC there. */
  readonly outcome: 'established' | 'handshake' | 'closed' | 'refused-version' | 'unanswered' | 'open'
}
