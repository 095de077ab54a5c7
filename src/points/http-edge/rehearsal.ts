import type { Action } from '#act'
import type { Config, WafTables } from '#config'
import type { Decision, Policy } from '#decide'
import type { GeoLookup } from '#detect'
import { Logger, RayMaker } from '#kernel'
import type { ConnectionFacts } from '#net'
import {
  fieldValue,
  type FieldList,
  hostOf,
  type IpAddress,
  type MessageSink,
  readLenientHead,
  refusal,
  type RequestHead,
  RequestReader,
} from '#wire'
import type { RequestFault } from './downstream.ts'
import { EdgePolicy, type RequestPlan } from './edge-policy.ts'
import { openEdgeWaf } from './edge-waf.ts'
import { Engine, type Site } from './engine.ts'
import { ExchangeRecord } from './exchange-record.ts'
import { ExchangeFacts } from './facts.ts'
import type { LocalAnswer } from './local-answer.ts'
import { createOriginHealth } from './origin-health.ts'
import { type DecisionUser, RequestDecision } from './request-decision.ts'
import { requestRefusal } from './request-refusal.ts'
import { accountForWaf } from './waf-accounting.ts'

export interface RehearsalOptions {
  readonly config: Config
  readonly policy: Policy<Action>
  readonly waf: WafTables
  readonly geo: GeoLookup | undefined
}

/** A request as a client would send it. */
export interface RehearsedRequest {
  /** One whole HTTP/1 request, head and body. */
  readonly bytes: Uint8Array
  readonly client: IpAddress
  /** It would come over TLS. */
  readonly secure: boolean
}

/** What the edge would do; `facts.responseStatus` is that of the edge's own answer, undefined when the origin would be asked. */
export interface Rehearsal {
  readonly facts: ExchangeFacts
  readonly decision: Decision
}

/**
 * The edge without its sockets: codec, policy and WAF decide about a request exactly as a data worker does, and nothing is
 * sent or logged.
 */
export class EdgeRehearsal {
  readonly #engine: Engine
  readonly #rays = new RayMaker()
  #decision: Decision | undefined = undefined

  /** Throws ERR_RULE_INVALID or ERR_LIST_INVALID. To be closed, so that the process can end. */
  constructor({ config, policy, waf, geo }: RehearsalOptions) {
    this.#engine = new Engine({
      edge: config.edge,
      policy: new EdgePolicy(policy, openEdgeWaf(waf)),
      events: {
        record: ({ decision }) => {
          this.#decision = decision
        },
      },
      geo,
      health: createOriginHealth(config.edge),
      logger: new Logger(),
    })
  }

  judge(request: RehearsedRequest): Rehearsal {
    const exchange = new RehearsedExchange(this.#engine, this.#rays.next(), request)
    const reader = new RequestReader(this.#engine.limits, exchange)
    const end = reader.feed(Buffer.from(request.bytes), 0)
    if (end < 0) exchange.fault(reader.refusal ?? refusal('body-cut', 0), reader.refusedText)
    exchange.conclude()
    return { facts: exchange.facts, decision: this.#decision! }
  }

  close(): void {
    this.#engine.close()
  }
}

/** One request on its way to an origin that it never reaches. */
class RehearsedExchange implements DecisionUser, MessageSink<RequestHead> {
  facts: ExchangeFacts
  finished = false
  readonly #engine: Engine
  readonly #request: RehearsedRequest
  #record: ExchangeRecord
  #decision: RequestDecision
  #bodyBytes = 0
  #bodyLimitBytes = Number.POSITIVE_INFINITY

  constructor(engine: Engine, ray: string, request: RehearsedRequest) {
    this.#engine = engine
    this.#request = request
    this.facts = new ExchangeFacts(ray, connectionOf(request), undefined, request.client, engine.geo, Date.now())
    this.#record = new ExchangeRecord(engine, this.facts, engine.policy.version)
    this.#decision = new RequestDecision(engine, this.facts, this.#record, this)
  }

  onHead(head: RequestHead): void {
    const engine = this.#engine
    const { ray, receivedMs } = this.facts
    const connection = connectionOf(this.#request, hostOf(head.authority))
    const client = engine.trusted.clientAddress(connection.remoteAddress, head.fields)
    this.facts = new ExchangeFacts(ray, connection, head, client, engine.geo, receivedMs)
    this.#record = new ExchangeRecord(engine, this.facts, engine.policy.version)
    this.#decision = new RequestDecision(engine, this.facts, this.#record, this)
    this.#decision.start()
  }

  onBody(bytes: Buffer): void {
    if (this.finished) return
    this.#bodyBytes += bytes.length
    if (this.#bodyBytes > this.#bodyLimitBytes) {
      const why = `the body is larger than the limit of ${this.#bodyLimitBytes} bytes`
      this.#refuse({ status: 413, fault: 'body-too-large', detail: why })
    } else this.#decision.gate?.body(bytes)
  }

  onEnd(trailers: FieldList | undefined): void {
    if (!this.finished && this.facts.head?.framing !== 'none') this.#decision.gate?.end(trailers)
  }

  /** The codec refused what it read; `text` is what it had of the head. */
  fault(fault: RequestFault, text: string): void {
    if (this.facts.head === undefined && text !== '') {
      const reading = readLenientHead(text)
      const authority = fieldValue(reading.fields, 'host')
      this.#decision.explain(reading, authority === undefined ? undefined : hostOf(authority))
    }
    this.#refuse(fault)
  }

  /** Takes the last steps of the inspection, and writes down what was decided. */
  conclude(): void {
    const { gate, waf } = this.#decision
    if (!this.finished) gate?.flushed()
    if (waf !== undefined) accountForWaf(waf, this.#record, this.#engine.counters)
    this.#record.write()
  }

  proceed(site: Site | undefined, plan: RequestPlan): void {
    const hasOrigins = plan.origin !== undefined || site !== undefined
    const found = requestRefusal(this.facts, site?.config, hasOrigins)
    if (found !== undefined) this.#refuse({ status: found.status, fault: found.fault, detail: found.why })
    else if (site !== undefined) this.#bodyLimitBytes = site.config.bodyLimitBytes
  }

  answerInstead(answer: LocalAnswer): void {
    this.facts.responseStatus = answer.status
    this.finished = true
  }

  awaitBody(): void {
    this.#bodyLimitBytes = this.#decision.site?.config.bodyLimitBytes ?? Number.POSITIVE_INFINITY
  }

  /** The origin is not there. */
  passBody(): void {}

  passEnd(): void {}

  #refuse({ status, fault, detail }: RequestFault): void {
    if (this.finished) return
    this.#record.override('refuse', detail, fault)
    this.facts.responseStatus = status
    this.finished = true
  }
}

const NO_ADDRESS = 0
const PORT = { plain: 80, secure: 443 } as const

function connectionOf({ client, secure }: RehearsedRequest, host = ''): ConnectionFacts {
  return {
    remoteAddress: client,
    remotePort: 0,
    localAddress: NO_ADDRESS,
    localPort: secure ? PORT.secure : PORT.plain,
    peerAddress: client,
    tls: secure
      ? { version: 'TLSv1.3', cipher: '', sni: host, alpn: undefined, ja4: '', handshakeMs: 0, resumed: false }
      : undefined,
  }
}
