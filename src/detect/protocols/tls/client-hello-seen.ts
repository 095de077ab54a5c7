import { type ClientHello, hasExtension, isNoGrease, ja3, ja4, parseClientHello, peekServerName } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { TlsClientHello } from './tls-session.ts'

const EXTENSION = { preSharedKey: 41, earlyData: 42, encryptedClientHello: 0xfe0d } as const
const FALLBACK_SUITE = 0x5600
/** Behind version, random and its own length. */
const SESSION_ID_AT = 35
const NO_HELLO: ClientHello = {
  legacyVersion: 0,
  sessionIdBytes: 0,
  ciphers: [],
  extensions: [],
  serverName: undefined,
  hasServerName: false,
  alpn: [],
  supportedVersions: [],
  signatureAlgorithms: [],
  supportedGroups: [],
  pointFormats: [],
  keyShareGroups: [],
  sessionId: '',
  sessionTicketBytes: 0,
}

/**
 * A ClientHello of a capture. Its name is read at once; the rest, with its hashes, when somebody asks: most sessions of a
 * large capture are never asked.
 */
export class ClientHelloSeen implements TlsClientHello {
  readonly frame: number
  readonly timeNs: number
  readonly serverName: string | undefined
  readonly segments: number
  readonly #body: Buffer
  readonly #transport: 't' | 'q'
  #hello: ClientHello | undefined = undefined

  private constructor(body: Buffer, serverName: string, segments: number, transport: 't' | 'q', at: Moment) {
    this.#body = body
    this.serverName = serverName === '' ? undefined : serverName
    this.segments = segments
    this.#transport = transport
    this.frame = at.frame
    this.timeNs = at.timeNs
  }

  /** Copies the body of a ClientHello message. Undefined when it is cut off or its parts do not fit together. */
  static read(
    bytes: Buffer,
    start: number,
    end: number,
    segments: number,
    transport: 't' | 'q',
    at: Moment,
  ): ClientHelloSeen | undefined {
    const serverName = peekServerName(bytes, start, end)
    if (serverName === undefined) return undefined
    return new ClientHelloSeen(Buffer.from(bytes.subarray(start, end)), serverName, segments, transport, at)
  }

  /** All that it says. Of a hello that has a fault in an extension that nobody needs to find the name, nothing. */
  get hello(): ClientHello {
    if (this.#hello === undefined) {
      const result = parseClientHello(this.#body)
      this.#hello = result.state === 'complete' ? result.hello : NO_HELLO
    }
    return this.#hello
  }

  /** One byte a character; a TLS 1.2 server that resumes the session repeats it. */
  get sessionId(): string {
    return this.#body.toString('latin1', SESSION_ID_AT, SESSION_ID_AT + this.#body[SESSION_ID_AT - 1])
  }

  get versions(): readonly number[] {
    const { supportedVersions, legacyVersion } = this.hello
    const offered = supportedVersions.filter(isNoGrease)
    return offered.length === 0 ? [legacyVersion] : offered.sort((one, other) => other - one)
  }

  get ciphers(): readonly number[] {
    return this.hello.ciphers.filter(isNoGrease)
  }

  get alpn(): readonly string[] {
    return this.hello.alpn
  }

  get supportedGroups(): readonly number[] {
    return this.hello.supportedGroups.filter(isNoGrease)
  }

  get keyShareGroups(): readonly number[] {
    return this.hello.keyShareGroups.filter(isNoGrease)
  }

  get signatureAlgorithms(): readonly number[] {
    return this.hello.signatureAlgorithms
  }

  get ja3(): string {
    return ja3(this.hello)
  }

  get ja4(): string {
    return ja4(this.hello, this.#transport)
  }

  get offersResumption(): boolean {
    return this.hello.sessionTicketBytes > 0 || this.hello.extensions.includes(EXTENSION.preSharedKey)
  }

  /** Asked of every session while it is read: all that the hello says would be too much for it. */
  get offersEarlyData(): boolean {
    return hasExtension(this.#body, EXTENSION.earlyData)
  }

  get hasEncryptedClientHello(): boolean {
    return this.hello.extensions.includes(EXTENSION.encryptedClientHello)
  }

  get isFallback(): boolean {
    return this.hello.ciphers.includes(FALLBACK_SUITE)
  }

  get sizeBytes(): number {
    return this.#body.length
  }
}
