import {
  alertName,
  cipherSuiteName,
  parseCertificates,
  parseServerHello,
  type ServerHello,
  TLS_HANDSHAKE,
  TLS_RECORD,
  TlsRecordReader,
  type TlsRecordSink,
} from '#wire'
import type { Direction, Moment, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { FaultName, Side, TransactionSink } from '../contract.ts'
import { type FlowSides, seenAt } from '../flow-sides.ts'
import { looksLike } from '../recognise/first-bytes.ts'
import { protocolFault } from '../protocol-fault.ts'
import { CertificateChainSeen } from './certificate-chain.ts'
import { ClientHelloSeen } from './client-hello-seen.ts'
import { HiddenRecords } from './hidden-records.ts'
import { OpenedSession, type OpeningKeys } from './opened-session.ts'
import { TlsSessionState } from './session-state.ts'

const TLS_1_3 = 0x0304
/** When one side only goes on talking, the session is given out without the other's first word. */
const RECORDS_AFTER_HANDSHAKE = 16

/** What one side says, on its way to the session. */
class SideRecords implements TlsRecordSink {
  readonly reader = new TlsRecordReader(this)
  readonly side: Side
  readonly #owner: TlsStream
  sawBytes = false
  segments = 0

  constructor(side: Side, owner: TlsStream) {
    this.side = side
    this.#owner = owner
  }

  onRecord(type: number, _version: number, length: number): void {
    this.#owner.onRecord(this, type, length)
  }

  onHandshake(type: number, bytes: Buffer, start: number, end: number): void {
    this.#owner.onHandshake(this, type, bytes, start, end)
  }

  onAlert(level: number, description: number): void {
    this.#owner.onAlert(this, level, description)
  }
}

/** Follows a TLS connection until it is established and both sides have said something, or failed. */
export class TlsStream implements StreamDissector {
  readonly #sides: FlowSides
  readonly #sink: TransactionSink
  readonly #session: TlsSessionState
  readonly #client = new SideRecords('client', this)
  readonly #server = new SideRecords('server', this)
  readonly #hidden: HiddenRecords
  readonly #opened: OpenedSession | undefined
  readonly #originSeconds: () => number
  #at: Moment = { frame: 0, timeNs: 0 }
  #recordsAfterHandshake = 0
  #isOver = false

  /**
   * `originSeconds` tells where the times of the capture count from, in seconds since the Unix epoch. With `keys` what is
   * sealed is read as well.
   */
  constructor(sides: FlowSides, sink: TransactionSink, originSeconds: () => number, keys?: OpeningKeys) {
    this.#sides = sides
    this.#sink = sink
    this.#session = new TlsSessionState(sides)
    this.#hidden = new HiddenRecords(this.#session)
    this.#opened = keys === undefined ? undefined : new OpenedSession(keys, this.#session, sides, originSeconds)
    this.#originSeconds = originSeconds
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const goesOn = this.#follow(direction, bytes, start, end, at)
    return goesOn || this.#opened?.goesOn === true
  }

  /** False when nothing can be added to the session. */
  #follow(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    if (this.#isOver) {
      this.#opened?.data(direction, bytes, start, end, at)
      return false
    }
    const speaker = this.#speaker(direction)
    const { reader } = speaker
    this.#at = at
    this.#noteSpeaker(speaker)
    reader.feed(bytes, start, end)
    this.#opened?.data(direction, bytes, start, end, at)
    if (!speaker.sawBytes && reader.broken) this.#noteOther(speaker, bytes, start, end)
    else if (reader.broken && !this.#session.hasGap)
      this.#fault(speaker.side, 'tls-malformed', 'a record is none of TLS')
    speaker.sawBytes = true
    if (reader.broken || this.#isFinished) this.#give()
    return !this.#isOver
  }

  gap(direction: Direction, sizeBytes: number, at: Moment): boolean {
    if (sizeBytes === 0) return !this.#isOver || this.#opened?.goesOn === true
    this.#opened?.gap(direction, sizeBytes, at)
    return this.#passOver(direction, sizeBytes) || this.#opened?.goesOn === true
  }

  #passOver(direction: Direction, sizeBytes: number): boolean {
    if (this.#isOver) return false
    this.#session.hasGap = true
    const speaker = this.#speaker(direction)
    this.#noteSpeaker(speaker)
    if (!speaker.reader.gap(sizeBytes) && this.#session.isEstablished) this.#give()
    return !this.#isOver && !speaker.reader.broken
  }

  /** Contents of a record that cannot be read. Of a client they may, as long as its ClientHello may be followed by another. */
  passable(direction: Direction): number {
    const speaker = this.#speaker(direction)
    const mayHello = speaker.side === 'client' && this.#session.serverHello === undefined
    return this.#isOver || this.#opened !== undefined || mayHello ? 0 : speaker.reader.passableBytes
  }

  pass(direction: Direction, sizeBytes: number): void {
    this.#speaker(direction).reader.pass(sizeBytes)
  }

  #speaker(direction: Direction): SideRecords {
    return this.#sides.isClient(direction) ? this.#client : this.#server
  }

  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    this.#opened?.end(how, by, at)
    if (this.#isOver) return
    this.#session.end = how
    this.#session.endedBy = by === undefined ? undefined : this.#sides.side(by)
    this.#at = at
    this.#give()
  }

  onRecord(speaker: SideRecords, type: number, length: number): void {
    const session = this.#session
    // The rest of a segment must not say more than if it had come alone.
    if (this.#isFinished) return
    if (type === TLS_RECORD.changeCipherSpec) this.#noteChange(speaker)
    else if (type === TLS_RECORD.applicationData) this.#noteApplicationData(speaker, length)
    else if (speaker.reader.encrypted && type === TLS_RECORD.alert) this.#noteHiddenAlert(speaker)
    else if (speaker.reader.encrypted && type === TLS_RECORD.handshake) {
      if (speaker.side === 'client') session.clientFinished ??= seenAt(this.#at)
      else session.serverFinished ??= seenAt(this.#at)
    }
    if (session.isEstablished) this.#recordsAfterHandshake++
  }

  onHandshake(speaker: SideRecords, type: number, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    switch (type) {
      case TLS_HANDSHAKE.clientHello:
        return this.#noteClientHello(speaker, bytes, start, end)
      case TLS_HANDSHAKE.serverHello:
        return this.#noteServerHello(speaker, bytes, start, end)
      case TLS_HANDSHAKE.certificate:
        return this.#noteCertificates(speaker, bytes, start, end)
      case TLS_HANDSHAKE.certificateRequest:
        session.certificateRequest ??= seenAt(this.#at)
        return
      case TLS_HANDSHAKE.serverHelloDone:
        session.serverHelloDone ??= seenAt(this.#at)
        return
      case TLS_HANDSHAKE.newSessionTicket:
        session.newSessionTicket ??= seenAt(this.#at)
        return
      default:
    }
  }

  onAlert(speaker: SideRecords, level: number, description: number): void {
    this.#session.addAlert({
      ...seenAt(this.#at),
      from: speaker.side,
      encrypted: false,
      level: level === 1 ? 'warning' : 'fatal',
      description,
      name: alertName(description),
      duringHandshake: true,
    })
  }

  get #isFinished(): boolean {
    const { isEstablished, clientApplicationData, serverApplicationData } = this.#session
    if (!isEstablished) return false
    return (
      (clientApplicationData !== undefined && serverApplicationData !== undefined) ||
      this.#recordsAfterHandshake > RECORDS_AFTER_HANDSHAKE
    )
  }

  #noteSpeaker(speaker: SideRecords): void {
    if (speaker.side === 'client') this.#session.clientSpoke = true
    else this.#session.serverSpoke = true
    speaker.segments++
  }

  /** The first bytes of one side are no TLS while the other's are. */
  #noteOther(speaker: SideRecords, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    const found = looksLike(bytes, start, end)
    if (found === 'tls') return this.#fault(speaker.side, 'tls-malformed', 'its first record holds no message of TLS')
    session.notTls = { ...seenAt(this.#at), from: speaker.side, looksLike: found }
    this.#fault(speaker.side, 'tls-not-tls', 'the answer to TLS is another protocol')
  }

  #fault(from: Side, fault: FaultName, detail: string): void {
    this.#sink.transaction(protocolFault(this.#sides, 'tls', from, fault, detail, seenAt(this.#at)))
  }

  #give(): void {
    this.#isOver = true
    this.#session.lastSeen = seenAt(this.#at)
    this.#sink.transaction(this.#session)
  }

  #noteChange(speaker: SideRecords): void {
    const session = this.#session
    // In TLS 1.3 the record means nothing, and a second ClientHello may follow it in the clear.
    const isEarly = session.serverHello === undefined && session.clientHello?.offersEarlyData === true
    if (session.isHidden || session.helloRetryRequest !== undefined || isEarly) return
    speaker.reader.encrypted = true
    if (speaker.side === 'client') session.clientEncryptedFrom ??= seenAt(this.#at)
    else session.serverEncryptedFrom ??= seenAt(this.#at)
  }

  #noteApplicationData(speaker: SideRecords, length: number): void {
    const session = this.#session
    if (session.isHidden) this.#hidden.note(speaker.side, length, this.#at)
    else if (session.serverHello === undefined && session.clientHello?.offersEarlyData === true) return
    else if (speaker.side === 'client') session.clientApplicationData ??= seenAt(this.#at)
    else session.serverApplicationData ??= seenAt(this.#at)
  }

  #noteHiddenAlert(speaker: SideRecords): void {
    this.#session.addAlert({
      ...seenAt(this.#at),
      from: speaker.side,
      encrypted: true,
      level: undefined,
      description: undefined,
      name: undefined,
      duringHandshake: !this.#session.isEstablished,
    })
  }

  #noteClientHello(speaker: SideRecords, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    const hello = ClientHelloSeen.read(bytes, start, end, speaker.segments, 't', this.#at)
    if (hello === undefined) return this.#fault(speaker.side, 'tls-malformed', 'the ClientHello is cut off')
    this.#opened?.clientHello(bytes, start)
    if (session.clientHello === undefined) session.clientHello = hello
    else session.secondClientHello ??= hello
  }

  #noteServerHello(speaker: SideRecords, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    const hello = parseServerHello(bytes, start, end)
    if (hello === undefined) return this.#fault(speaker.side, 'tls-malformed', 'the ServerHello is cut off')
    if (hello.isRetryRequest) {
      session.helloRetryRequest ??= { ...seenAt(this.#at), group: hello.keyShareGroup, hasCookie: hello.hasCookie }
      return
    }
    this.#opened?.serverHello(bytes, start, hello)
    session.serverHello ??= {
      ...seenAt(this.#at),
      version: hello.version,
      cipher: hello.cipher,
      cipherName: cipherSuiteName(hello.cipher),
      alpn: hello.alpn,
      keyShareGroup: hello.keyShareGroup,
      resumed: this.#isResumed(hello),
      downgradeMark: hello.downgradeMark,
    }
  }

  #isResumed(hello: ServerHello): boolean {
    if (hello.version >= TLS_1_3) return hello.preSharedKey !== undefined
    return hello.sessionId !== '' && hello.sessionId === this.#session.clientHello?.sessionId
  }

  #noteCertificates(speaker: SideRecords, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    const der = parseCertificates(bytes, start, end)
    if (der === undefined) return this.#fault(speaker.side, 'tls-malformed', 'the list of certificates is cut off')
    if (speaker.side === 'client') {
      session.clientCertificate ??= { ...seenAt(this.#at), count: der.length }
      return
    }
    const { timeNs } = this.#at
    const atSeconds = (): number => this.#originSeconds() + timeNs / 1e9
    session.certificateChain ??= new CertificateChainSeen(der, session.clientHello?.serverName, atSeconds, this.#at)
  }
}
