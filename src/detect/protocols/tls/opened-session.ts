import {
  alertName,
  parseCertificates13,
  parseEncryptedAlpn,
  type ServerHello,
  TLS_HANDSHAKE,
  type TlsKeyLog,
} from '#wire'
import type { Direction, Moment, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { Side } from '../contract.ts'
import { type FlowSides, seenAt } from '../flow-sides.ts'
import { CertificateChainSeen } from './certificate-chain.ts'
import type { TlsSessionState } from './session-state.ts'
import { type PlainSink, TlsDecryption } from './tls-decryption.ts'
import type { TlsSession } from './tls-session.ts'

const WARNING = 1
const ALERT_BYTES = 2

/** What a capture gives to open its sessions with. */
export interface OpeningKeys {
  readonly keyLog: TlsKeyLog
  /** Makes what reads the stream inside, of which both agreed that it is `alpn`. */
  readonly inside: (alpn: string | undefined) => StreamDissector
}

/**
 * A session whose secrets are known: its handshake is told of in full, and what it carries is read. What was guessed by the
 * lengths of its records is put right where they were opened.
 */
export class OpenedSession implements PlainSink {
  readonly #session: TlsSessionState
  readonly #sides: FlowSides
  readonly #openInside: OpeningKeys['inside']
  #inside: StreamDissector | undefined = undefined
  readonly #decryption: TlsDecryption
  readonly #originSeconds: () => number
  #at: Moment = { frame: 0, timeNs: 0 }
  #direction: Direction = 0
  #certificateRequest: TlsSession['certificateRequest'] = undefined
  #clientCertificate: TlsSession['clientCertificate'] = undefined
  #isOver = false

  constructor(keys: OpeningKeys, session: TlsSessionState, sides: FlowSides, originSeconds: () => number) {
    this.#session = session
    this.#sides = sides
    this.#openInside = keys.inside
    this.#decryption = new TlsDecryption(keys.keyLog, this)
    this.#originSeconds = originSeconds
  }

  /** Somebody wants to know what is inside. */
  get goesOn(): boolean {
    return !this.#isOver && (this.#decryption.reads('client') || this.#decryption.reads('server'))
  }

  clientHello(bytes: Buffer, start: number): void {
    this.#decryption.clientHello(bytes, start)
  }

  serverHello(bytes: Buffer, start: number, hello: ServerHello): void {
    this.#decryption.serverHello(bytes, start, hello)
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): void {
    this.#at = at
    this.#direction = direction
    this.#decryption.feed(this.#sides.side(direction), bytes, start, end)
  }

  gap(direction: Direction, sizeBytes: number, at: Moment): void {
    const side = this.#sides.side(direction)
    const wasRead = this.#decryption.reads(side)
    this.#decryption.gap(side, sizeBytes)
    // How much of it was contents, nobody knows.
    if (wasRead && this.#inside?.gap(direction, sizeBytes, at) === false) this.#isOver = true
  }

  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    this.#inside?.end(how, by, at)
  }

  plainHandshake(side: Side, type: number, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    // Up to TLS 1.2 only Finished is sealed, which is noted where it is seen.
    if (!session.isHidden) return
    const seen = seenAt(this.#at)
    if (side === 'server') session.serverEncryptedFrom ??= seen
    else session.clientEncryptedFrom ??= seen
    switch (type) {
      case TLS_HANDSHAKE.encryptedExtensions:
        return this.#noteAlpn(bytes, start, end)
      case TLS_HANDSHAKE.certificateRequest:
        this.#certificateRequest ??= seen
        session.certificateRequest = this.#certificateRequest
        return
      case TLS_HANDSHAKE.certificate:
        return this.#noteCertificates(side, bytes, start, end)
      case TLS_HANDSHAKE.finished:
        return this.#noteFinished(side)
      case TLS_HANDSHAKE.newSessionTicket:
        session.newSessionTicket ??= seen
        return
      default:
    }
  }

  plainAlert(side: Side, level: number, description: number): void {
    const session = this.#session
    session.dropHiddenAlert(side)
    session.addAlert({
      ...seenAt(this.#at),
      from: side,
      encrypted: false,
      level: level === WARNING ? 'warning' : 'fatal',
      description,
      name: alertName(description),
      duringHandshake: this.#isHandshakeOf(side),
    })
  }

  plainData(side: Side, contents: Buffer): void {
    const session = this.#session
    session.isOpened = true
    this.#sides.isOpened = true
    if (contents.length === ALERT_BYTES) session.dropHiddenAlert(side)
    if (side === 'client') session.clientApplicationData ??= seenAt(this.#at)
    else session.serverApplicationData ??= seenAt(this.#at)
    if (this.#isOver || contents.length === 0) return
    this.#inside ??= this.#openInside(session.serverHello?.alpn)
    if (!this.#inside.data(this.#direction, contents, 0, contents.length, this.#at)) this.#isOver = true
  }

  #noteFinished(side: Side): void {
    const session = this.#session
    if (side === 'server') {
      session.serverFinished ??= seenAt(this.#at)
      return
    }
    session.clientFinished ??= seenAt(this.#at)
    session.clientCertificate = this.#clientCertificate
    if (this.#certificateRequest === undefined && this.#clientCertificate === undefined)
      session.certificateRequest = undefined
  }

  /** A server may refuse a client's certificate after both have finished, before it says anything else. */
  #isHandshakeOf(side: Side): boolean {
    const { isHidden, isEstablished, serverApplicationData, newSessionTicket, clientFinished } = this.#session
    if (!isHidden) return !isEstablished
    if (side === 'client') return clientFinished === undefined
    return serverApplicationData === undefined && newSessionTicket === undefined
  }

  #noteAlpn(bytes: Buffer, start: number, end: number): void {
    const alpn = parseEncryptedAlpn(bytes, start, end)
    const { serverHello } = this.#session
    if (serverHello !== undefined && alpn !== undefined) this.#session.serverHello = { ...serverHello, alpn }
  }

  #noteCertificates(side: Side, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    const der = parseCertificates13(bytes, start, end)
    if (der === undefined) return
    if (side === 'client') {
      this.#clientCertificate ??= { ...seenAt(this.#at), count: der.length }
      session.clientCertificate = this.#clientCertificate
      return
    }
    const { timeNs } = this.#at
    const atSeconds = (): number => this.#originSeconds() + timeNs / 1e9
    session.certificateChain ??= new CertificateChainSeen(der, session.clientHello?.serverName, atSeconds, this.#at)
  }
}
