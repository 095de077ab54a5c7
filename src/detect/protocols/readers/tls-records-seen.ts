import {
  parseServerHello,
  type ServerHello,
  TLS_HANDSHAKE,
  TLS_RECORD,
  TlsRecordReader,
  type TlsRecordSink,
} from '#wire'
import { ClientHelloSeen } from '../tls/client-hello-seen.ts'

const NOWHERE = { frame: 0, timeNs: 0 }
const HEADER_BYTES = 5
const MESSAGE_HEADER_BYTES = 4
const MESSAGE_BYTES = 128 * 1024
const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(TLS_HANDSHAKE))

/** The TLS records that begin in a packet, as far as they can be read. */
export class TlsRecordsSeen implements TlsRecordSink {
  readonly kind = 'tls'
  clientHello: ClientHelloSeen | undefined = undefined
  serverHello: ServerHello | undefined = undefined
  /** Of the first handshake message that is whole, or begins in the first record. */
  handshakeType: number | undefined = undefined
  alertLevel: number | undefined = undefined
  alertDescription: number | undefined = undefined
  readonly #reader = new TlsRecordReader(this)
  #isChanged = false

  constructor(bytes: Buffer, start: number, end: number) {
    this.#noteFirst(bytes, start, end)
    for (let at = start; at < end && !this.#reader.broken;) {
      const recordEnd = at + HEADER_BYTES + (at + HEADER_BYTES > end ? 0 : bytes.readUInt16BE(at + 3))
      // A hello may follow a ChangeCipherSpec in the clear: the second one of TLS 1.3.
      this.#reader.encrypted =
        this.#isChanged && !(recordEnd <= end && isWholeHello(bytes, at + HEADER_BYTES, recordEnd))
      this.#reader.feed(bytes, at, Math.min(end, recordEnd))
      at = recordEnd
    }
  }

  /** A message that the packet does not hold whole has a type as well. */
  #noteFirst(bytes: Buffer, start: number, end: number): void {
    const messageAt = start + HEADER_BYTES
    if (bytes[start] !== TLS_RECORD.handshake || end - messageAt < MESSAGE_HEADER_BYTES) return
    const type = bytes[messageAt]
    // An encrypted message has a type and a length too, but hardly ever ones that make sense.
    if (bytes.readUIntBE(messageAt + 1, 3) <= MESSAGE_BYTES && KNOWN_TYPES.has(type)) this.handshakeType = type
  }

  onRecord(type: number, _version: number, length: number): void {
    // An alert in the clear has two bytes.
    if (type === TLS_RECORD.alert && length !== 2) this.#reader.encrypted = true
    if (type === TLS_RECORD.changeCipherSpec) this.#isChanged = true
  }

  onHandshake(type: number, bytes: Buffer, start: number, end: number): void {
    this.handshakeType ??= type
    if (type === TLS_HANDSHAKE.clientHello)
      this.clientHello ??= ClientHelloSeen.read(bytes, start, end, 1, 't', NOWHERE)
    else if (type === TLS_HANDSHAKE.serverHello) this.serverHello ??= parseServerHello(bytes, start, end)
  }

  onAlert(level: number, description: number): void {
    this.alertLevel ??= level
    this.alertDescription ??= description
  }
}

/** A record that is one hello and nothing else. */
function isWholeHello(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < MESSAGE_HEADER_BYTES) return false
  const isHello = bytes[start] === TLS_HANDSHAKE.clientHello || bytes[start] === TLS_HANDSHAKE.serverHello
  return isHello && bytes.readUIntBE(start + 1, 3) === end - start - MESSAGE_HEADER_BYTES
}
