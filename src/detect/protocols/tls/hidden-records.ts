import type { Moment } from '../../flows/contract.ts'
import type { Side } from '../contract.ts'
import { seenAt } from '../flow-sides.ts'
import type { TlsSessionState } from './session-state.ts'

/**
 * Lengths of TLS 1.3 records (contents, one byte of type, 16 of the tag) that only one message has when nobody pads: an alert
 * of two bytes, EndOfEarlyData, an empty Certificate, Finished with SHA-256 or SHA-384.
 */
const ALERT_BYTES = 19
const END_OF_EARLY_DATA_BYTES = 21
const EMPTY_CERTIFICATE_BYTES = 25
const FINISHED_BYTES: ReadonlySet<number> = new Set([53, 69])
/** A client that pads, or puts its whole flight into one record, has finished by then. */
const FLIGHT_RECORDS = 4

/** Guesses by lengths what the encrypted part of a TLS 1.3 handshake says. */
export class HiddenRecords {
  readonly #session: TlsSessionState
  #flightRecords = 0
  #earlyDataOver = false

  constructor(session: TlsSessionState) {
    this.#session = session
  }

  /** Takes a record of application data, which in TLS 1.3 every encrypted record is. */
  note(side: Side, length: number, at: Moment): void {
    if (side === 'client') this.#client(length, at)
    else this.#server(length, at)
  }

  #client(length: number, at: Moment): void {
    const session = this.#session
    if (length === ALERT_BYTES) return this.#alert('client', session.clientFinished === undefined, at)
    if (session.clientFinished !== undefined) {
      session.clientApplicationData ??= seenAt(at)
      return
    }
    session.clientEncryptedFrom ??= seenAt(at)
    if (length === END_OF_EARLY_DATA_BYTES) this.#earlyDataOver = true
    else if (FINISHED_BYTES.has(length) || ++this.#flightRecords >= FLIGHT_RECORDS) session.clientFinished = seenAt(at)
    else if (!this.#isEarlyData) {
      session.clientCertificate ??= { ...seenAt(at), count: length === EMPTY_CERTIFICATE_BYTES ? 0 : 1 }
      session.certificateRequest ??= session.serverEncryptedFrom
    }
  }

  get #isEarlyData(): boolean {
    return !this.#earlyDataOver && this.#session.clientHello?.offersEarlyData === true
  }

  #server(length: number, at: Moment): void {
    const session = this.#session
    // A client that said nothing behind the ServerHello gave no cause: it went away, and is told so.
    const isRefusal = session.clientEncryptedFrom !== undefined && !this.#serverSaidMore
    if (length === ALERT_BYTES) return this.#alert('server', isRefusal, at)
    session.serverEncryptedFrom ??= seenAt(at)
    if (session.clientFinished === undefined) return
    // Before the client said anything, what the server sends are its tickets.
    if (session.clientApplicationData === undefined) session.newSessionTicket ??= seenAt(at)
    else session.serverApplicationData ??= seenAt(at)
  }

  /** After the client's Finished a server that goes on sends tickets or data; one that refuses the client, an alert. */
  get #serverSaidMore(): boolean {
    const { newSessionTicket, serverApplicationData, alerts } = this.#session
    return newSessionTicket !== undefined || serverApplicationData !== undefined || alerts.length > 0
  }

  #alert(from: Side, duringHandshake: boolean, at: Moment): void {
    this.#session.addAlert({
      ...seenAt(at),
      from,
      encrypted: true,
      level: undefined,
      description: undefined,
      name: undefined,
      duringHandshake,
    })
  }
}
