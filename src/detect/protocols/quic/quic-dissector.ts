import {
  cipherSuiteName,
  CryptoStream,
  type InitialKeys,
  initialKeys,
  openInitial,
  parseServerHello,
  type QuicFrameSink,
  type QuicLongHeader,
  readInitialFrames,
  readQuicHeader,
  TLS_HANDSHAKE,
} from '#wire'
import type { DatagramDissector, Direction, Moment, StreamEnd } from '../../flows/contract.ts'
import type { Side, TransactionSink } from '../contract.ts'
import { type FlowSides, seenAt } from '../flow-sides.ts'
import { protocolFault } from '../protocol-fault.ts'
import { ClientHelloSeen } from '../tls/client-hello-seen.ts'
import { QuicSessionState } from './session-state.ts'

const PACKETS_OF_DATAGRAM = 8
/** A client that sends Initials on and on without an answer is not decrypted for ever. */
const INITIAL_LIMIT = 32
const MESSAGE_HEADER_BYTES = 4

/** What one side says in its Initial packets. */
class InitialStream implements QuicFrameSink {
  readonly side: Side
  readonly #owner: QuicDatagrams
  readonly #stream = new CryptoStream()
  #isRead = false
  pieces = 0

  constructor(side: Side, owner: QuicDatagrams) {
    this.side = side
    this.#owner = owner
  }

  onCrypto(offset: number, bytes: Buffer): void {
    if (this.#isRead || !this.#stream.add(offset, bytes)) return
    const { whole } = this.#stream
    if (whole.length < MESSAGE_HEADER_BYTES) return
    const end = MESSAGE_HEADER_BYTES + whole.readUIntBE(1, 3)
    if (whole.length < end) return
    this.#isRead = true
    this.#owner.onMessage(this, whole[0], whole, MESSAGE_HEADER_BYTES, end)
  }

  onClose(errorCode: number, reason: string): void {
    this.#owner.onClose(this.side, errorCode, reason)
  }
}

/** Follows a QUIC connection as far as its first packets, whose keys everybody knows, allow (RFC 9001 section 5). */
export class QuicDatagrams implements DatagramDissector {
  readonly #sides: FlowSides
  readonly #sink: TransactionSink
  readonly #session: QuicSessionState
  readonly #client = new InitialStream('client', this)
  readonly #server = new InitialStream('server', this)
  #keys: { readonly client: InitialKeys; readonly server: InitialKeys } | undefined = undefined
  #at: Moment = { frame: 0, timeNs: 0 }
  #isOver = false
  #saidUnreadable = false

  constructor(sides: FlowSides, sink: TransactionSink) {
    this.#sides = sides
    this.#sink = sink
    this.#session = new QuicSessionState(sides)
  }

  datagram(direction: Direction, bytes: Buffer, start: number, end: number, wireBytes: number, at: Moment): boolean {
    if (this.#isOver) return false
    this.#at = at
    const side = this.#sides.side(direction)
    this.#session.spoke(side, at)
    let position = start
    for (let count = 0; position < end && count < PACKETS_OF_DATAGRAM; count++) {
      const header = readQuicHeader(bytes, position, end)
      if (header.form !== 'long') {
        this.#otherHeader(header, side, position === start && wireBytes === end - start)
        break
      }
      this.#longHeader(header, side, bytes)
      position = header.end
    }
    if (this.#session.clientOneRtt !== undefined && this.#session.serverOneRtt !== undefined) this.#give()
    return !this.#isOver
  }

  end(how: StreamEnd, at: Moment): void {
    if (this.#isOver) return
    this.#at = at
    this.#session.isOpen = how === 'open'
    this.#give()
  }

  onMessage(stream: InitialStream, type: number, bytes: Buffer, start: number, end: number): void {
    const session = this.#session
    if (type === TLS_HANDSHAKE.clientHello && stream.side === 'client') {
      session.clientHello = ClientHelloSeen.read(bytes, start, end, stream.pieces, 'q', this.#at)
      if (session.clientHello === undefined) this.#fault(stream.side, 'quic-malformed', 'the ClientHello is cut off')
    } else if (type === TLS_HANDSHAKE.serverHello && stream.side === 'server') {
      const hello = parseServerHello(bytes, start, end)
      if (hello === undefined) return this.#fault(stream.side, 'quic-malformed', 'the ServerHello is cut off')
      session.serverHello = { ...seenAt(this.#at), cipher: hello.cipher, cipherName: cipherSuiteName(hello.cipher) }
    }
  }

  onClose(from: Side, errorCode: number, reason: string): void {
    const alert = errorCode >= 0x100 && errorCode <= 0x1ff ? errorCode & 0xff : undefined
    this.#session.close ??= { ...seenAt(this.#at), from, errorCode, alert, reason }
  }

  #otherHeader(header: ReturnType<typeof readQuicHeader>, side: Side, isFirst: boolean): void {
    const session = this.#session
    if (header.form === 'version-negotiation') {
      // RFC 9000 section 6: a server sends it, and only to whom had named a version. Other protocols have such bytes too.
      if (side === 'client' || session.version === 0) return
      session.versionNegotiation ??= { ...seenAt(this.#at), versions: header.versions }
    } else if (header.form === 'short') {
      if (side === 'client') session.clientOneRtt ??= seenAt(this.#at)
      else session.serverOneRtt ??= seenAt(this.#at)
    } else if (header.form === 'malformed' && isFirst) this.#fault(side, 'quic-malformed', header.detail)
  }

  #longHeader(header: QuicLongHeader, side: Side, bytes: Buffer): void {
    const session = this.#session
    if (side === 'client' || session.version === 0) session.version ||= header.version
    if (header.type === 'handshake') session.handshakePackets[side]++
    else if (header.type === 'retry') {
      session.retry ??= seenAt(this.#at)
      // The client starts anew with the id that the Retry gave it, and keys made of that.
      this.#keys = undefined
    } else if (header.type === 'initial') this.#initial(header, side, bytes)
  }

  #initial(header: QuicLongHeader, side: Side, bytes: Buffer): void {
    const session = this.#session
    const stream = side === 'client' ? this.#client : this.#server
    const count = side === 'client' ? ++session.clientInitials : ++session.serverInitials
    stream.pieces = count
    if (side === 'client') this.#keys ??= keysOf(header)
    if (this.#keys === undefined || count > INITIAL_LIMIT) return
    const contents = openInitial(bytes, header, this.#keys[side])
    if (contents === undefined) this.#unreadable(side)
    else if (!readInitialFrames(contents, stream))
      this.#fault(side, 'quic-malformed', 'a frame of an Initial packet is none')
  }

  #unreadable(side: Side): void {
    if (this.#saidUnreadable) return
    this.#saidUnreadable = true
    this.#fault(
      side,
      'quic-not-decryptable',
      'an Initial packet does not open with the keys that its connection id gives',
    )
  }

  #fault(from: Side, fault: 'quic-malformed' | 'quic-not-decryptable', detail: string): void {
    this.#sink.transaction(protocolFault(this.#sides, 'quic', from, fault, detail, seenAt(this.#at)))
  }

  #give(): void {
    this.#isOver = true
    this.#sink.transaction(this.#session)
  }
}

function keysOf(header: QuicLongHeader): { client: InitialKeys; server: InitialKeys } | undefined {
  const client = initialKeys(header.version, header.destinationId, 'client')
  const server = initialKeys(header.version, header.destinationId, 'server')
  return client === undefined || server === undefined ? undefined : { client, server }
}
