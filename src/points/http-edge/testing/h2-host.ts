import {
  CertificateStore,
  type ConnectionFacts,
  type ConnectionFault,
  ConnectionLimits,
  listen,
  type Listener,
} from '#net'
import type { FieldList, RequestHead } from '#wire'
import { type TestCertificate, TestCertificates } from '../../../net/testing/test-certificates.ts'
import type { AnswerHead, Downstream, ExchangeInput, RequestFault } from '../downstream.ts'
import { H2Front } from '../h2-front.ts'
import type { H2Host, H2Limits } from '../h2-host.ts'

/** What happened to one request. */
export interface SeenRequest {
  readonly head: RequestHead | undefined
  readonly downstream: Downstream
  body: Buffer
  trailers: FieldList | undefined
  ended: boolean
  fault: RequestFault | undefined
  gone: string | undefined
  drains: number
}

/** Answers a request once its body is complete, or at once. */
export type Answerer = (seen: SeenRequest, exchange: HostedExchange) => void

export function answerHead(status: number, contentLength: number, fields: FieldList = []): AnswerHead {
  return { status, reason: '', fields, contentLength, hasBody: contentLength !== 0, close: false }
}

/** The exchange of the test host: records the request and leaves the answer to the test. */
export class HostedExchange implements ExchangeInput {
  readonly seen: SeenRequest
  readonly #answer: Answerer
  finished = false
  onStart: (() => void) | undefined
  onBody: ((bytes: Uint8Array) => void) | undefined
  onDrained: (() => void) | undefined

  constructor(downstream: Downstream, head: RequestHead | undefined, answer: Answerer) {
    this.seen = {
      head,
      downstream,
      body: Buffer.alloc(0),
      trailers: undefined,
      ended: false,
      fault: undefined,
      gone: undefined,
      drains: 0,
    }
    this.#answer = answer
  }

  start(): void {
    this.onStart?.()
  }

  requestBody(bytes: Uint8Array): void {
    if (this.onBody === undefined) this.seen.body = Buffer.concat([this.seen.body, bytes])
    else this.onBody(bytes)
  }

  requestEnd(trailers: FieldList | undefined): void {
    this.seen.trailers = trailers
    this.seen.ended = true
    if (!this.finished) this.#answer(this.seen, this)
  }

  requestFlush(): void {
    this.seen.downstream.flush()
  }

  requestFault(fault: RequestFault): void {
    this.seen.fault = fault
    this.reply(fault.status, fault.fault)
  }

  drained(): void {
    this.seen.drains++
    this.onDrained?.()
  }

  clientGone(why: string, fault?: string): void {
    this.seen.gone = fault ?? why
    this.finished = true
  }

  reply(status: number, body: string | Buffer, fields: FieldList = []): void {
    const { downstream } = this.seen
    const bytes = Buffer.from(body)
    downstream.sendHead(answerHead(status, bytes.length, fields))
    if (bytes.length > 0) downstream.sendBody(bytes)
    downstream.sendEnd(undefined)
    this.finished = true
    downstream.flush()
  }
}

const TEST_LIMITS: H2Limits = {
  concurrentStreams: 100,
  resetsPerSecond: 50,
  headerListBytes: 16_384,
  fieldCount: 64,
  trailerBytes: 8192,
  requestsPerConnection: 1_000_000,
  headMs: 10_000,
  bodyIdleMs: 10_000,
  idleMs: 10_000,
}

/** A TLS listener with the HTTP/2 front and a host whose answers a test decides. */
export class TestEdge implements H2Host {
  readonly requests: SeenRequest[] = []
  readonly faults: { readonly fault: string; readonly why: string; readonly clientPort: number }[] = []
  readonly connectionFaults: ConnectionFault[] = []
  readonly front: H2Front
  answer: Answerer = (_seen, exchange) => exchange.reply(200, 'ok', ['content-type', 'text/plain'])
  prepare: ((exchange: HostedExchange) => void) | undefined
  readonly #certificates = new TestCertificates()
  readonly certificate: TestCertificate
  #listener: Listener | undefined

  constructor(limits: Partial<H2Limits> = {}) {
    this.front = new H2Front({ ...TEST_LIMITS, ...limits }, this)
    this.certificate = this.#certificates.make({ names: ['edge.test', 'localhost'] })
  }

  get port(): number {
    return this.#listener!.port
  }

  async start(limits: Partial<H2Limits> = {}): Promise<void> {
    const { concurrentStreams, resetsPerSecond, headerListBytes, fieldCount } = { ...TEST_LIMITS, ...limits }
    this.#listener = await listen(
      { host: '127.0.0.1', port: 0, tls: true, proxyProtocol: false, http2: true, minTlsVersion: 'TLSv1.2' },
      {
        certificates: new CertificateStore([this.certificate], Buffer.alloc(48, 1)),
        tlsHandshakeMs: 5000,
        limits: new ConnectionLimits({ connections: 100, headsPerAddress: 100, isExempt: () => false }),
        reusePort: false,
        http2: { concurrentStreams, resetsPerSecond, headerListBytes, fieldCount, sessionMemoryBytes: 10_000_000 },
      },
      {
        onHttp1: (socket) => socket.destroy(),
        onHttp2: (session, facts, admission) => this.front.take(session, facts, admission),
        onFault: (fault) => this.connectionFaults.push(fault),
      },
    )
  }

  exchange(downstream: Downstream, head: RequestHead): ExchangeInput {
    const exchange = new HostedExchange(downstream, head, this.answer)
    this.requests.push(exchange.seen)
    this.prepare?.(exchange)
    return exchange
  }

  refuse(downstream: Downstream, fault: RequestFault): ExchangeInput {
    const exchange = new HostedExchange(downstream, undefined, this.answer)
    this.requests.push(exchange.seen)
    exchange.requestFault(fault)
    return exchange
  }

  reportFault(connection: ConnectionFacts, fault: string, why: string): void {
    this.faults.push({ fault, why, clientPort: connection.remotePort })
  }

  async stop(): Promise<void> {
    this.front.destroy()
    await this.#listener?.close()
    this.#certificates.remove()
  }
}
