import type { DropArgument, Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import { socketFacts } from './address-facts.ts'
import type { ConnectionFacts } from './connection-facts.ts'
import type { ConnectionFaultName } from './connection-fault.ts'
import type { Admission } from './connection-limits.ts'
import { Deadlines } from './deadlines.ts'
import { openHttp2Session } from './http2-session.ts'
import type { ConnectionHandlers, ListenContext, ListenerOptions } from './listener.ts'
import { proxyStep, readOpening, withProxied } from './opening.ts'
import { handshakeReason, helloStep, type HelloFacts, HTTP_ON_TLS_ANSWER } from './tls-opening.ts'

const PROXY_HEADER_MS = 5000
// Long enough for the answer to leave before the connection is reset by bytes that nobody reads.
const LINGER_MS = 1000
const ALPN_ALL = ['h2', 'http/1.1']
const ALPN_HTTP1 = ['http/1.1']

/** A connection between accept and its handler. */
interface Pending {
  readonly socket: Socket
  readonly admission: Admission
  readonly acceptedMs: number
  facts: ConnectionFacts
  hello: HelloFacts | undefined
}

/** Takes accepted connections through PROXY header, ClientHello and handshake to their handler. */
export class Accept {
  readonly #options: ListenerOptions
  readonly #context: ListenContext
  readonly #handlers: ConnectionHandlers
  readonly #open = new Set<Socket>()
  readonly #proxyDeadlines: Deadlines<Pending>
  readonly #tlsDeadlines: Deadlines<Pending>
  readonly #lingering: Deadlines<Socket>

  constructor(options: ListenerOptions, context: ListenContext, handlers: ConnectionHandlers) {
    this.#options = options
    this.#context = context
    this.#handlers = handlers
    this.#proxyDeadlines = new Deadlines(PROXY_HEADER_MS, (pending) =>
      this.#refuse(pending, 'proxy-header-timeout', `no PROXY protocol header within ${PROXY_HEADER_MS} ms`),
    )
    const tlsMs = context.tlsHandshakeMs
    this.#tlsDeadlines = new Deadlines(tlsMs, (pending) =>
      this.#refuse(pending, 'tls-handshake-timeout', `no finished TLS handshake within ${tlsMs} ms`),
    )
    this.#lingering = new Deadlines(LINGER_MS, (socket) => socket.destroy())
  }

  get openConnections(): number {
    return this.#open.size
  }

  take(socket: Socket): void {
    const facts = socketFacts(socket)
    const { proxyProtocol, tls } = this.#options
    const admission = this.#context.limits.admit(
      (fault, detail) => this.#refuse(pending, fault, detail),
      proxyProtocol ? undefined : facts.remoteAddress,
    )
    if (admission === undefined) {
      this.#reportOverLimit(facts)
      socket.destroy()
      return
    }
    const pending: Pending = { socket, admission, acceptedMs: performance.now(), facts, hello: undefined }
    this.#open.add(socket)
    socket.once('close', () => this.#forget(pending))
    if (!proxyProtocol && !tls) return this.#handlers.onHttp1(socket, facts, admission)
    // A peer that goes away before its first request is ordinary; `close` follows.
    socket.on('error', ignoreError)
    socket.on('end', destroyThis)
    if (proxyProtocol) this.#readProxyHeader(pending)
    else this.#readHello(pending)
  }

  refuseOverLimit(peer: DropArgument | undefined): void {
    this.#reportOverLimit(socketFacts(peer ?? {}))
  }

  #reportOverLimit(facts: ConnectionFacts): void {
    const detail = `${this.#context.limits.connections} connections are open already`
    this.#handlers.onFault({ fault: 'connection-limit', detail, facts, hello: undefined })
  }

  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #readProxyHeader(pending: Pending): void {
    this.#proxyDeadlines.start(pending)
    readOpening(pending.socket, proxyStep, (step) => {
      this.#proxyDeadlines.stop(pending)
      if (step.state === 'refused') return this.#refuse(pending, step.fault, step.detail)
      pending.facts = withProxied(pending.facts, step.value)
      pending.admission.identify(pending.facts.remoteAddress)
      if (this.#options.tls) this.#readHello(pending)
      else this.#handOverPlain(pending)
    })
  }

  #handOverPlain({ socket, facts, admission }: Pending): void {
    socket.removeListener('error', ignoreError)
    socket.removeListener('end', destroyThis)
    // Flows on the next tick, when the handler listens; a handler that is not ready pauses again.
    socket.resume()
    this.#handlers.onHttp1(socket, facts, admission)
  }

  #readHello(pending: Pending): void {
    this.#tlsDeadlines.start(pending)
    readOpening(pending.socket, helloStep, (step) => {
      if (step.state === 'complete') {
        pending.hello = step.value
        this.#handshake(pending, step.value)
      } else {
        if (step.fault === 'plain-http-on-tls-port') pending.socket.write(HTTP_ON_TLS_ANSWER)
        this.#refuse(pending, step.fault, step.detail)
      }
    })
  }

  #handshake(pending: Pending, hello: HelloFacts): void {
    const secureContext = this.#context.certificates?.contextFor(hello.sni, this.#options.minTlsVersion)
    if (secureContext === undefined) {
      return this.#refuse(pending, 'tls-handshake-failed', 'no certificate is configured for TLS listeners')
    }
    const secure = new TLSSocket(pending.socket, {
      isServer: true,
      secureContext,
      ALPNProtocols: this.#options.http2 ? ALPN_ALL : ALPN_HTTP1,
    })
    const onError = (error: Error): void => {
      if (this.#tlsDeadlines.stop(pending)) this.#report(pending, 'tls-handshake-failed', handshakeReason(error))
    }
    const onEnd = (): void => {
      secure.destroy(new Error('the client closed the connection during the handshake'))
    }
    secure.on('error', onError)
    secure.on('end', onEnd)
    secure.once('secure', () => {
      if (!this.#tlsDeadlines.stop(pending)) return
      // A server made by node:tls clears this itself; while it is set, an HTTP/2 session would wait for ever.
      Object.assign(secure, { secureConnecting: false })
      secure.removeListener('error', onError)
      secure.removeListener('end', onEnd)
      this.#handOverSecure(pending, hello, secure)
    })
  }

  #handOverSecure(pending: Pending, hello: HelloFacts, secure: TLSSocket): void {
    const alpn = typeof secure.alpnProtocol === 'string' ? secure.alpnProtocol : undefined
    const facts: ConnectionFacts = {
      ...pending.facts,
      tls: {
        version: secure.getProtocol() ?? '',
        cipher: secure.getCipher().standardName,
        sni: hello.sni,
        alpn,
        ja4: hello.ja4,
        handshakeMs: performance.now() - pending.acceptedMs,
        resumed: secure.isSessionReused(),
      },
    }
    const { admission } = pending
    if (alpn === 'h2') this.#handlers.onHttp2(openHttp2Session(secure, this.#context.http2), facts, admission)
    else this.#handlers.onHttp1(secure, facts, admission)
  }

  #refuse(pending: Pending, fault: ConnectionFaultName, detail: string): void {
    this.#report(pending, fault, detail)
    this.#tlsDeadlines.stop(pending)
    pending.socket.end()
    if (fault === 'plain-http-on-tls-port') {
      // Reading what was sent keeps the kernel from answering with a reset, which would overtake the answer.
      pending.socket.resume()
      this.#lingering.start(pending.socket)
    } else {
      pending.socket.destroy()
    }
  }

  #report(pending: Pending, fault: ConnectionFaultName, detail: string): void {
    this.#handlers.onFault({ fault, detail, facts: pending.facts, hello: pending.hello })
  }

  #forget(pending: Pending): void {
    this.#open.delete(pending.socket)
    pending.admission.close()
    this.#proxyDeadlines.stop(pending)
    this.#tlsDeadlines.stop(pending)
    this.#lingering.stop(pending.socket)
  }
}

/** Half a connection is of no use before the first request: sockets are half-open for what comes after. */
function destroyThis(this: Socket): void {
  this.destroy()
}

function ignoreError(): void {
  // `close` follows every error of a socket; nothing is owed to a peer that did not send a request.
}
