import { readFileSync } from 'node:fs'
import { connect as connectTcp, isIP, type OnReadOpts, type Socket } from 'node:net'
import {
  checkServerIdentity,
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
  type TLSSocket,
} from 'node:tls'
import { messageOf, TidegateError } from '#kernel'
import { Deadlines } from './deadlines.ts'
import { type DialFailure, describeDialFailure } from './dial-failure.ts'

export type { DialFailure, DialFailureKind } from './dial-failure.ts'

/** An origin to connect to; the names are those of the configuration. */
export interface DialTarget {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  /** Verify the origin's certificate and name. */
  readonly verify: boolean
  /** PEM file of authorities to trust instead of the system's. */
  readonly caFile?: string
  /** Name for SNI and verification when it is not the host. */
  readonly serverName?: string
  readonly connectTimeoutMs: number
}

/** Exactly one of the two is called, once, never before `dial` returned. */
export interface DialCallbacks {
  /** Connected (and, for TLS, verified). The caller attaches its listeners, `error` above all, before it returns. */
  onDialed(socket: Socket): void
  onDialFailed(failure: DialFailure): void
}

interface Attempt {
  readonly socket: Socket
  readonly callbacks: DialCallbacks
  readonly onError: (error: Error) => void
}

/** Connects to one origin again and again: reads its authorities once and remembers its TLS session. */
export class Dialer {
  readonly #target: DialTarget
  readonly #secureContext: SecureContext | undefined
  readonly #deadlines: Deadlines<Attempt>
  #session: Buffer | undefined

  /** Throws ERR_CERTIFICATE_INVALID when the authorities file cannot be read. */
  constructor(target: DialTarget) {
    this.#target = target
    this.#secureContext = target.secure ? originContext(target) : undefined
    this.#deadlines = new Deadlines<Attempt>(target.connectTimeoutMs, (attempt) => {
      const where = `${target.host}:${target.port}`
      this.#fail(attempt, { kind: 'timeout', detail: `${where} did not accept within ${target.connectTimeoutMs} ms` })
    })
  }

  /**
   * Starts to connect; the first address family that answers wins (RFC 8305). `onread` gives a plain connection one read
   * buffer of its own; a TLS connection ignores it and emits `data`. Destroy the returned socket to give up silently.
   */
  dial(callbacks: DialCallbacks, onread?: OnReadOpts): Socket {
    const socket = this.#secureContext === undefined ? this.#dialPlain(onread) : this.#dialTls(this.#secureContext)
    const attempt: Attempt = {
      socket,
      callbacks,
      onError: (error) => {
        if (this.#deadlines.stop(attempt)) this.#fail(attempt, describeDialFailure(error, this.#target))
      },
    }
    socket.on('error', attempt.onError)
    socket.once('close', () => this.#deadlines.stop(attempt))
    socket.once(this.#secureContext === undefined ? 'connect' : 'secureConnect', () => {
      if (!this.#deadlines.stop(attempt)) return
      socket.removeListener('error', attempt.onError)
      callbacks.onDialed(socket)
    })
    this.#deadlines.start(attempt)
    return socket
  }

  #dialPlain(onread: OnReadOpts | undefined): Socket {
    const { host, port } = this.#target
    return connectTcp(onread === undefined ? { host, port, noDelay: true } : { host, port, noDelay: true, onread })
  }

  #dialTls(secureContext: SecureContext): Socket {
    const { host, port, verify } = this.#target
    const name = this.#target.serverName ?? host
    const socket: TLSSocket = connectTls({
      host,
      port,
      secureContext,
      rejectUnauthorized: verify,
      ALPNProtocols: ['http/1.1'],
      // SNI carries names only (RFC 6066 section 3); an address is checked against the certificate all the same.
      servername: isIP(name) === 0 ? name : '',
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    })
    socket.setNoDelay(true)
    socket.on('session', (session: Buffer) => {
      this.#session = session
    })
    return socket
  }

  #fail(attempt: Attempt, failure: DialFailure): void {
    attempt.socket.destroy()
    // A broken ticket must not fail the next attempt as well.
    if (failure.kind === 'tls') this.#session = undefined
    attempt.callbacks.onDialFailed(failure)
  }
}

/** A dialer for an origin. Throws ERR_CERTIFICATE_INVALID when `caFile` cannot be used. */
export function createDialer(target: DialTarget): Dialer {
  return new Dialer(target)
}

let systemContext: SecureContext | undefined

/** Node's bundled authorities and those that the operator added to the system: parsed once, used by all origins. */
function trustOfSystem(): SecureContext {
  systemContext ??= createSecureContext({
    ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system')])],
    minVersion: 'TLSv1.2',
  })
  return systemContext
}

function originContext(target: DialTarget): SecureContext {
  if (target.caFile === undefined) return trustOfSystem()
  try {
    return createSecureContext({ ca: readFileSync(target.caFile), minVersion: 'TLSv1.2' })
  } catch (error) {
    throw new TidegateError('ERR_CERTIFICATE_INVALID', `${target.caFile}: ${messageOf(error)}`, {
      source: 'configuration',
      remedy: 'caFile must be a readable PEM file with the certificates of the authorities that sign the origin.',
      cause: error,
    })
  }
}
