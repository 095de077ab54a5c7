import {
  RecordAssembler,
  type RecordOpener,
  type SealedRecord,
  type ServerHello,
  Tls13Opener,
  TLS_HANDSHAKE,
  TLS_RECORD,
  tls12Openers,
  type TlsKeyLog,
  type TlsSecrets,
} from '#wire'
import type { Side } from '../contract.ts'
import { MessageJoiner } from './message-joiner.ts'

/** Takes what was sealed. Views are valid during the call only. */
export interface PlainSink {
  plainHandshake(side: Side, type: number, bytes: Buffer, start: number, end: number): void
  plainAlert(side: Side, level: number, description: number): void
  plainData(side: Side, contents: Buffer): void
}

const TLS_1_2 = 0x0303
const TLS_1_3 = 0x0304
const RANDOM_AT = 2
const RANDOM_BYTES = 32
/** Early data that nobody has a key for comes before what the handshake's key opens. */
const EARLY_RECORDS_PASSED = 4096

/** One side of a connection: what opens its next records. */
class SealedSide {
  readonly assembler: RecordAssembler
  readonly joiner = new MessageJoiner()
  /** In turn: of early data, of the handshake, of what comes then. */
  openers: RecordOpener[] = []
  /** From here on records are sealed. In TLS 1.3 their type tells it. */
  isSealed = false
  hasOpened = false
  passed = 0

  constructor(side: Side, owner: TlsDecryption) {
    this.assembler = new RecordAssembler({
      record: (record) => owner.record(side, record),
      lost: () => owner.lost(side),
    })
  }
}

/** Opens the records of one connection with secrets from a key log, as far as it has them. */
export class TlsDecryption {
  readonly #keyLog: TlsKeyLog
  readonly #sink: PlainSink
  readonly #sides: Readonly<Record<Side, SealedSide>>
  #clientRandom: Buffer | undefined = undefined
  #version = 0

  constructor(keyLog: TlsKeyLog, sink: PlainSink) {
    this.#keyLog = keyLog
    this.#sink = sink
    this.#sides = { client: new SealedSide('client', this), server: new SealedSide('server', this) }
  }

  /** True while records of this side are opened. */
  reads(side: Side): boolean {
    return this.#sides[side].openers.length > 0
  }

  /** The body of the first ClientHello. */
  clientHello(bytes: Buffer, start: number): void {
    this.#clientRandom ??= randomOf(bytes, start)
  }

  /** The body of the ServerHello that both go on with. */
  serverHello(bytes: Buffer, start: number, { version, cipher }: ServerHello): void {
    const clientRandom = this.#clientRandom
    const secrets = clientRandom === undefined ? undefined : this.#keyLog.secretsOf(clientRandom)
    if (clientRandom === undefined || secrets === undefined || this.#version !== 0) return
    this.#version = version
    if (version === TLS_1_3) this.#openTls13(cipher, secrets)
    else if (version === TLS_1_2 && secrets.master !== undefined) {
      const keys = { cipher, master: secrets.master, clientRandom, serverRandom: randomOf(bytes, start) }
      const openers = tls12Openers(keys)
      this.#sides.client.openers = openers === undefined ? [] : [openers.client]
      this.#sides.server.openers = openers === undefined ? [] : [openers.server]
    }
  }

  #openTls13(cipher: number, secrets: TlsSecrets): void {
    const open = (secret: Buffer | undefined): Tls13Opener[] => {
      const opener = Tls13Opener.of(cipher, secret)
      return opener === undefined ? [] : [opener]
    }
    const ofClient = [...open(secrets.clientHandshake), ...open(secrets.client)]
    const ofServer = [...open(secrets.serverHandshake), ...open(secrets.server)]
    // Without all of them a side is not followed from one to the next.
    if (ofClient.length === 2) this.#sides.client.openers = [...open(secrets.clientEarly), ...ofClient]
    if (ofServer.length === 2) this.#sides.server.openers = ofServer
  }

  feed(side: Side, bytes: Buffer, start: number, end: number): void {
    this.#sides[side].assembler.feed(bytes, start, end)
    this.#checkWhole(side)
  }

  /** Bytes of a side that will not come. */
  gap(side: Side, sizeBytes: number): void {
    this.#sides[side].assembler.gap(sizeBytes)
    this.#sides[side].joiner.reset()
    this.#checkWhole(side)
  }

  #checkWhole(side: Side): void {
    if (this.#sides[side].assembler.isBroken) this.#sides[side].openers = []
  }

  lost(side: Side): void {
    const { openers, isSealed } = this.#sides[side]
    if (isSealed || this.#version === TLS_1_3) openers.at(0)?.skip()
  }

  record(side: Side, record: SealedRecord): void {
    const sealed = this.#sides[side]
    if (sealed.openers.length === 0) return
    if (this.#version === TLS_1_3) {
      if (record.type === TLS_RECORD.applicationData) this.#open(side, sealed, record)
    } else if (record.type === TLS_RECORD.changeCipherSpec) {
      // Keys that are agreed on anew are those of another line of the log.
      if (sealed.isSealed) sealed.openers = []
      sealed.isSealed = true
    } else if (sealed.isSealed) this.#open(side, sealed, record)
  }

  #open(side: Side, sealed: SealedSide, record: SealedRecord): void {
    const opened = sealed.openers[0].open(record)
    if (opened === undefined) return this.#tryNext(side, sealed, record)
    sealed.hasOpened = true
    const { type, contents } = opened
    if (type === TLS_RECORD.applicationData) this.#sink.plainData(side, contents)
    else if (type === TLS_RECORD.alert && contents.length === 2) this.#sink.plainAlert(side, contents[0], contents[1])
    else if (type === TLS_RECORD.handshake) {
      const isWhole = sealed.joiner.feed(contents, (message, bytes, start, end) => {
        this.#sink.plainHandshake(side, message, bytes, start, end)
        this.#turn(sealed, message)
      })
      if (!isWhole) sealed.openers = []
    }
  }

  /** The client may end its early data, or none of it may have been for this server. */
  #tryNext(side: Side, sealed: SealedSide, record: SealedRecord): void {
    const isEarly = side === 'client' && this.#version === TLS_1_3
    if (isEarly && sealed.openers.length === 3) {
      sealed.openers.shift()
      this.#open(side, sealed, record)
    } else if (!isEarly || sealed.hasOpened || ++sealed.passed > EARLY_RECORDS_PASSED) sealed.openers = []
  }

  /** After some messages another secret seals what follows. */
  #turn(sealed: SealedSide, message: number): void {
    if (this.#version !== TLS_1_3) return
    const { openers } = sealed
    if (message === TLS_HANDSHAKE.endOfEarlyData && openers.length === 3) openers.shift()
    else if (message === TLS_HANDSHAKE.finished && openers.length > 1) openers.splice(0, openers.length - 1)
    else if (message === TLS_HANDSHAKE.keyUpdate) openers[0]?.update?.()
  }
}

function randomOf(bytes: Buffer, start: number): Buffer {
  return Buffer.from(bytes.subarray(start + RANDOM_AT, start + RANDOM_AT + RANDOM_BYTES))
}
