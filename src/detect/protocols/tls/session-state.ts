import type { StreamEnd } from '../../flows/contract.ts'
import type { ProtocolName, Seen, Side } from '../contract.ts'
import { OfSides } from '../flow-sides.ts'
import type { ClientHelloSeen } from './client-hello-seen.ts'
import type { TlsAlert, TlsCertificateChain, TlsHelloRetryRequest, TlsServerHello, TlsSession } from './tls-session.ts'

const ALERT_LIMIT = 8
const NOTHING_SEEN: Seen = Object.freeze({ frame: 0, timeNs: 0 })

/** A TLS session while it is put together. */
export class TlsSessionState extends OfSides implements TlsSession {
  readonly kind = 'tls'
  clientHello: ClientHelloSeen | undefined = undefined
  helloRetryRequest: TlsHelloRetryRequest | undefined = undefined
  secondClientHello: ClientHelloSeen | undefined = undefined
  serverHello: TlsServerHello | undefined = undefined
  certificateChain: TlsCertificateChain | undefined = undefined
  certificateRequest: Seen | undefined = undefined
  clientCertificate: (Seen & { readonly count: number }) | undefined = undefined
  serverHelloDone: Seen | undefined = undefined
  clientEncryptedFrom: Seen | undefined = undefined
  serverEncryptedFrom: Seen | undefined = undefined
  clientFinished: Seen | undefined = undefined
  serverFinished: Seen | undefined = undefined
  newSessionTicket: Seen | undefined = undefined
  alerts: TlsAlert[] = []
  clientApplicationData: Seen | undefined = undefined
  serverApplicationData: Seen | undefined = undefined
  end: StreamEnd | undefined = undefined
  endedBy: Side | undefined = undefined
  lastSeen: Seen = NOTHING_SEEN
  notTls: (Seen & { readonly from: Side; readonly looksLike: ProtocolName | undefined }) | undefined = undefined
  hasGap = false
  isOpened = false
  /** Any byte of the server, and of the client. */
  serverSpoke = false
  clientSpoke = false

  /** TLS 1.3 hides all that follows the ServerHello. */
  get isHidden(): boolean {
    return (this.serverHello?.version ?? 0) >= 0x0304
  }

  addAlert(alert: TlsAlert): void {
    if (this.alerts.length < ALERT_LIMIT) this.alerts.push(alert)
  }

  /** The last record of a side that was taken for an alert by its length is told of as what it is, or was none. */
  dropHiddenAlert(side: Side): void {
    const at = this.alerts.findLastIndex(({ encrypted, from }) => encrypted && from === side)
    if (at >= 0) this.alerts.splice(at, 1)
  }

  get isEstablished(): boolean {
    // In TLS 1.3 the server's Finished is hidden in its flight, and the client's comes after it.
    return this.clientFinished !== undefined && (this.isHidden || this.serverFinished !== undefined)
  }

  get serverHelloNs(): number | undefined {
    const answer = this.helloRetryRequest ?? this.serverHello
    if (this.clientHello === undefined || answer === undefined) return undefined
    return answer.timeNs - this.clientHello.timeNs
  }

  get handshakeNs(): number | undefined {
    const done = this.clientApplicationData ?? this.serverApplicationData
    if (this.clientHello === undefined || done === undefined) return undefined
    return done.timeNs - this.clientHello.timeNs
  }

  get outcome(): TlsSession['outcome'] {
    if (this.clientHello === undefined && this.serverHello === undefined) return 'unseen'
    if (this.notTls !== undefined) return 'not-tls'
    if (this.alerts.some(({ duringHandshake, level }) => duringHandshake && level !== 'warning')) return 'alert'
    if (this.isEstablished) return 'established'
    if (this.end === 'fin' || this.end === 'reset') return this.serverSpoke ? 'closed' : 'unanswered'
    return this.serverSpoke || this.lastSeen === NOTHING_SEEN ? 'open' : 'unanswered'
  }

  get abandonedAfterCertificate(): boolean {
    if (this.clientFinished !== undefined || this.serverHello === undefined) return false
    if (this.certificateChain === undefined && !(this.isHidden && this.serverEncryptedFrom !== undefined)) return false
    const clientWent = this.endedBy === 'client' && (this.end === 'fin' || this.end === 'reset')
    return clientWent || this.alerts.some(({ from }) => from === 'client')
  }

  get leftSilently(): boolean {
    const wentAway = this.endedBy === 'client' && (this.end === 'fin' || this.end === 'reset')
    return this.isEstablished && this.clientApplicationData === undefined && wentAway
  }
}
