import { quicVersionName } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen, Side } from '../contract.ts'
import { OfSides, seenAt } from '../flow-sides.ts'
import type { ClientHelloSeen } from '../tls/client-hello-seen.ts'
import type { QuicClose, QuicSession } from './quic-session.ts'

/** A QUIC connection while it is put together. */
export class QuicSessionState extends OfSides implements QuicSession {
  readonly kind = 'quic'
  version = 0
  clientHello: ClientHelloSeen | undefined = undefined
  serverHello: QuicSession['serverHello'] = undefined
  versionNegotiation: QuicSession['versionNegotiation'] = undefined
  retry: Seen | undefined = undefined
  clientInitials = 0
  serverInitials = 0
  firstClient: Seen | undefined = undefined
  lastClient: Seen | undefined = undefined
  firstServer: Seen | undefined = undefined
  readonly handshakePackets = { client: 0, server: 0 }
  clientOneRtt: Seen | undefined = undefined
  serverOneRtt: Seen | undefined = undefined
  close: QuicClose | undefined = undefined
  /** The capture ended while it went on. */
  isOpen = true

  spoke(side: Side, at: Moment): void {
    const seen = seenAt(at)
    if (side === 'server') {
      this.firstServer ??= seen
      return
    }
    this.firstClient ??= seen
    this.lastClient = seen
  }

  get versionName(): string {
    return quicVersionName(this.version)
  }

  get answerNs(): number | undefined {
    if (this.firstClient === undefined || this.firstServer === undefined) return undefined
    return this.firstServer.timeNs - this.firstClient.timeNs
  }

  get outcome(): QuicSession['outcome'] {
    if (this.clientOneRtt !== undefined && this.serverOneRtt !== undefined) return 'established'
    if (this.close !== undefined) return 'closed'
    if (this.versionNegotiation !== undefined && this.serverInitials === 0) return 'refused-version'
    if (this.firstServer === undefined) return 'unanswered'
    return this.isOpen ? 'open' : 'handshake'
  }
}
