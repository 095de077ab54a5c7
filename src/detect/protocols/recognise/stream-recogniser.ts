import { readProxyHeader, type TlsKeyLog } from '#wire'
import type { Direction, Moment, StreamDissector, StreamEnd } from '../../flows/contract.ts'
import type { ProtocolName, TransactionSink } from '../contract.ts'
import { DnsStream } from '../dns/dns-dissector.ts'
import type { DnsTable } from '../dns/dns-table.ts'
import type { FlowSides } from '../flow-sides.ts'
import { HttpStream } from '../http/http-dissector.ts'
import { Http2Stream } from '../http2/http2-dissector.ts'
import { TlsStream } from '../tls/tls-dissector.ts'
import { FIRST_BYTES, looksLike, mayBecome } from './first-bytes.ts'
import { guessProtocol, isGreetingCut } from './guess.ts'
import { portProtocol } from './port-protocol.ts'

const NO_BYTES = Buffer.alloc(0)
/** Segments of each side that are looked at before a stream counts as unknown: a capture may begin in the middle. */
const TRIES = 4
/** Within this many segments protocols that begin in the clear turn to TLS. */
const UPGRADE_SEGMENTS = 32
const TLS_HANDSHAKE_RECORD = 22
const CLIENT_HELLO = 1
/** RFC 7858. */
const DNS_OVER_TLS_PORT = 853

/** Protocols that may turn to TLS after some words (STARTTLS and its kin). */
const MAY_UPGRADE: ReadonlySet<ProtocolName> = new Set<ProtocolName>([
  'smtp',
  'imap',
  'pop3',
  'ftp',
  'xmpp',
  'ldap',
  'postgresql',
  'mysql',
  'rdp',
])

/** What all streams of a capture share. */
export interface StreamContext {
  readonly sink: TransactionSink
  readonly dnsTable: DnsTable
  /** Where the times of the capture count from, in seconds since the Unix epoch. */
  readonly originSeconds: () => number
  /** Secrets of TLS sessions, as far as the capture gave them before they began. */
  readonly keyLog: TlsKeyLog
}

/** Finds out what a stream speaks by its first bytes, and hands it to who reads that. */
export class StreamRecogniser implements StreamDissector {
  readonly #sides: FlowSides
  readonly #context: StreamContext
  /** It stands in a TLS session, which tells of the flow. */
  readonly #isInside: boolean
  #inner: StreamDissector | undefined = undefined
  /** Segments that may still be looked at; with `#isUpgrade`, for a ClientHello only. */
  #tries = TRIES
  #isUpgrade = false
  #isOver = false
  /** First bytes that are too few to tell; of one direction at a time. */
  #kept: Buffer = NO_BYTES
  #keptDirection: Direction = 0

  constructor(sides: FlowSides, context: StreamContext, isInside: boolean = false) {
    this.#sides = sides
    this.#context = context
    this.#isInside = isInside
  }

  data(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    if (this.#inner !== undefined) return this.#hand(this.#inner, direction, bytes, start, end, at)
    if (this.#isOver) return false
    if (this.#kept.length === 0) return this.#recognise(direction, bytes, start, end, at)
    if (direction !== this.#keptDirection) return this.#answer(direction, bytes, start, end, at)
    const joined = Buffer.concat([this.#kept, bytes.subarray(start, end)])
    this.#kept = NO_BYTES
    return this.#recognise(direction, joined, 0, joined.length, at)
  }

  gap(direction: Direction, sizeBytes: number, at: Moment): boolean {
    if (this.#inner !== undefined) return this.#inner.gap(direction, sizeBytes, at)
    this.#kept = NO_BYTES
    return !this.#isOver
  }

  passable(direction: Direction): number {
    return this.#inner?.passable?.(direction) ?? 0
  }

  pass(direction: Direction, sizeBytes: number, at: Moment): void {
    this.#inner?.pass?.(direction, sizeBytes, at)
  }

  end(how: StreamEnd, by: Direction | undefined, at: Moment): void {
    this.#inner?.end(how, by, at)
    if (this.#inner === undefined && !this.#isOver && !this.#isUpgrade) this.#giveUp(0, at)
  }

  /** What one side said is too little to tell; the other may be clearer. */
  #answer(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const content = this.#isUpgrade ? undefined : looksLike(bytes, start, end)
    if (content === undefined || isGreetingCut(content, bytes, start, end)) return true
    const kept = this.#kept
    this.#kept = NO_BYTES
    this.#found(content, direction, bytes, start, end, at)
    const inner = this.#inner
    if (inner === undefined) return !this.#isOver
    inner.data(this.#keptDirection, kept, 0, kept.length, at)
    return this.#hand(inner, direction, bytes, start, end, at)
  }

  #hand(inner: StreamDissector, direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const goesOn = inner.data(direction, bytes, start, end, at)
    if (goesOn || !(inner instanceof HttpStream) || !inner.isTunnel) return goesOn
    // Behind CONNECT stands another stream, most often TLS.
    inner.end('open', undefined, at)
    this.#inner = undefined
    this.#watchForTls()
    return true
  }

  #tls(): TlsStream {
    const { sink, originSeconds, keyLog } = this.#context
    // A server of HTTP/2 may speak first, and then nothing but the handshake tells.
    const inside = (alpn: string | undefined): StreamDissector =>
      alpn === 'h2' ? new Http2Stream(this.#sides, sink) : new StreamRecogniser(this.#sides, this.#context, true)
    return new TlsStream(this.#sides, sink, originSeconds, keyLog.size === 0 ? undefined : { keyLog, inside })
  }

  #watchForTls(): void {
    this.#isUpgrade = true
    this.#tries = UPGRADE_SEGMENTS
  }

  #recognise(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    if (this.#isUpgrade) return this.#watchUpgrade(direction, bytes, start, end, at)
    const dns = this.#isDns(bytes, start, end)
    const content = dns ? 'dns' : looksLike(bytes, start, end)
    if (content === 'proxy-protocol') return this.#passProxyHeader(direction, bytes, start, end, at)
    if (content !== undefined && isGreetingCut(content, bytes, start, end))
      return this.#keep(direction, bytes, start, end)
    if (content === undefined) {
      if (mayBecome(bytes, start, end)) return this.#keep(direction, bytes, start, end)
      if (--this.#tries > 0) return true
      this.#giveUp(direction, at)
      return false
    }
    this.#found(content, direction, bytes, start, end, at)
    return this.#inner === undefined ? !this.#isOver : this.#hand(this.#inner, direction, bytes, start, end, at)
  }

  #found(found: ProtocolName, direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): void {
    const sides = this.#sides
    const { sink, dnsTable } = this.#context
    const asker = whoAsks(found, bytes, start, end)
    if (!this.#isInside && asker !== undefined && (asker === 'sender') !== sides.isClient(direction))
      sides.swapped = !sides.swapped
    const guess = guessProtocol(sides, 'tcp', found, sides.side(direction), bytes, start, end, at)
    if (!this.#isInside) sink.transaction(guess)
    const content = guess.content!
    if (content === 'dns') this.#inner = new DnsStream(sides, dnsTable, sink)
    else if (content === 'http') this.#inner = new HttpStream(sides, sink)
    else if (content === 'http2') this.#inner = new Http2Stream(sides, sink)
    else if (content === 'tls' && isHello(bytes, start, end)) this.#inner = this.#tls()
    else if (MAY_UPGRADE.has(content)) this.#watchForTls()
    else this.#isOver = true
  }

  #watchUpgrade(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const isClientHello = bytes[start] === TLS_HANDSHAKE_RECORD && bytes[start + 5] === CLIENT_HELLO
    if (isClientHello && end - start > 5 && this.#sides.isClient(direction)) {
      this.#inner = this.#tls()
      return this.#inner.data(direction, bytes, start, end, at)
    }
    if (--this.#tries <= 0) this.#isOver = true
    return !this.#isOver
  }

  /** Behind the header of a load balancer stands what the stream is really about. */
  #passProxyHeader(direction: Direction, bytes: Buffer, start: number, end: number, at: Moment): boolean {
    const header = readProxyHeader(bytes.subarray(start, end))
    if (header.state === 'incomplete' && end - start < PROXY_HEADER_BYTES)
      return this.#keep(direction, bytes, start, end)
    if (header.state === 'complete') {
      const next = start + header.sizeBytes
      return next >= end || this.#recognise(direction, bytes, next, end, at)
    }
    this.#giveUp(direction, at)
    return false
  }

  #keep(direction: Direction, bytes: Buffer, start: number, end: number): true {
    this.#kept = Buffer.from(bytes.subarray(start, end))
    this.#keptDirection = direction
    return true
  }

  /** The stream is told of as what it is, which may be nothing that is known. */
  #giveUp(direction: Direction, at: Moment): void {
    this.#isOver = true
    const kept = this.#kept
    const content = kept.length === 0 ? undefined : looksLike(kept, 0, kept.length)
    const side = this.#sides.side(kept.length === 0 ? direction : this.#keptDirection)
    if (this.#isInside) return
    const guess = guessProtocol(this.#sides, 'tcp', content, side, kept, 0, kept.length, at)
    this.#context.sink.transaction(guess)
  }

  /** A length that is followed by a header: enough on the port of DNS only. */
  #isDns(bytes: Buffer, start: number, end: number): boolean {
    const { serverPort } = this.#sides.ends
    const isPort = portProtocol('tcp', serverPort) === 'dns' || (this.#isInside && serverPort === DNS_OVER_TLS_PORT)
    if (!isPort) return false
    const length = (bytes[start] << 8) | bytes[start + 1]
    return (
      end - start >= 2 && length >= 12 && (end - start === 2 || end - start - 2 <= length || end - start > FIRST_BYTES)
    )
  }
}

const PROXY_HEADER_BYTES = 4112

/** A ClientHello or a ServerHello: what else looks like TLS began before the capture. */
function isHello(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] !== TLS_HANDSHAKE_RECORD) return false
  return end - start <= 5 || bytes[start + 5] === CLIENT_HELLO || bytes[start + 5] === 2
}

/** Whether the content tells that its sender asks or answers. */
function whoAsks(content: ProtocolName, bytes: Buffer, start: number, end: number): 'sender' | 'receiver' | undefined {
  if (content === 'http')
    return bytes.toString('latin1', start, Math.min(end, start + 5)) === 'HTTP/' ? 'receiver' : 'sender'
  if (content !== 'tls' || bytes[start] !== TLS_HANDSHAKE_RECORD || end - start <= 5) return undefined
  return bytes[start + 5] === CLIENT_HELLO ? 'sender' : bytes[start + 5] === 2 ? 'receiver' : undefined
}
