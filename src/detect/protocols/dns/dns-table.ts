import { type DnsScanner, isResponse, RECORD_TYPE } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { TransactionSink } from '../contract.ts'
import type { FlowSides } from '../flow-sides.ts'
import { DnsExchange } from './dns-exchange.ts'
import { readAnswer } from './read-answer.ts'

const OPEN_LIMIT = 16_384
/** Those that are over are taken out of the list when they are so many. */
const OVER_LIMIT = 1024
/** Resolvers give up within some 20 seconds; answers and retries beyond that find nothing to belong to. */
const KEPT_NS = 30e9
/** A second answer, of somebody who was too late, comes soon. */
const SETTLED_KEPT_NS = 5e9

/** One message of a flow. */
export interface DnsMessageOf {
  readonly sides: FlowSides
  readonly transport: 'udp' | 'tcp'
  readonly isMulticast: boolean
  readonly sizeBytes: number
}

/**
 * Joins queries and answers of the whole capture: over UDP an answer may come from another address, a retry has another port,
 * and after truncation the question is asked again over TCP. Bounded: beyond 16,384 transactions the oldest is given out, and
 * after 30 seconds of the capture's time, or 5 when it was answered.
 */
export class DnsTable {
  readonly #sink: TransactionSink
  /** In order of their beginning; those before `#first` are over. */
  #order: DnsExchange[] = []
  #first = 0
  readonly #byId = new Map<number, DnsExchange>()
  readonly #byName = new Map<string, DnsExchange>()

  constructor(sink: TransactionSink) {
    this.#sink = sink
  }

  /** Takes a message whose header and question the scanner has read. */
  message(scanner: DnsScanner, of: DnsMessageOf, at: Moment): void {
    this.#forgetOld(at.timeNs)
    if (isResponse(scanner.flags)) this.#answer(scanner, of, at)
    else this.#query(scanner, of, at)
  }

  /** The capture is at its end. */
  end(): void {
    while (this.#first < this.#order.length) this.#giveOldest()
    this.#order = []
    this.#first = 0
  }

  #query(scanner: DnsScanner, of: DnsMessageOf, at: Moment): void {
    const before = this.#findSame(scanner, of.sides)
    const exchange = before ?? this.#open(scanner, of, at)
    exchange.addQuery(scanner.flags, at)
    if (before !== undefined) return
    noteEdns(exchange, scanner)
    this.#noteRepetition(exchange)
  }

  #answer(scanner: DnsScanner, of: DnsMessageOf, at: Moment): void {
    const { sides } = of
    const sameFlow = this.#findSame(scanner, sides) ?? this.#findAny(scanner, sides)
    const found = sameFlow ?? this.#findElsewhere(scanner, sides)
    const exchange = found ?? this.#open(scanner, of, at)
    const origin = {
      frame: at.frame,
      timeNs: at.timeNs,
      from: sides.server,
      fromOtherAddress: sameFlow === undefined && found !== undefined,
      flow: sides.ends.id,
      sizeBytes: of.sizeBytes,
      otherQuestion: scanner.questionCount > 0 && !asksTheSame(exchange, scanner),
    }
    exchange.addAnswer(readAnswer(scanner, origin))
  }

  #open(scanner: DnsScanner, of: DnsMessageOf, at: Moment): DnsExchange {
    const hasQuestion = scanner.questionCount > 0
    const exchange = new DnsExchange(
      of.sides,
      of.transport,
      of.isMulticast,
      scanner.id,
      hasQuestion ? scanner.questionName : undefined,
      scanner.questionType,
      scanner.questionClass,
      at.timeNs,
    )
    const key = idKey(scanner.id, of.sides.clientPort)
    exchange.nextSameId = this.#byId.get(key)
    this.#byId.set(key, exchange)
    this.#order.push(exchange)
    if (this.#order.length - this.#first > OPEN_LIMIT) this.#giveOldest()
    return exchange
  }

  #noteRepetition(exchange: DnsExchange): void {
    const name = exchange.questionName
    if (name === undefined || exchange.isMulticast) return
    // Settled ones are taken out on the way, so that a name that everybody asks for has a short list.
    let before: DnsExchange | undefined = exchange
    let open = this.#byName.get(name)
    for (let looked = 0; isLive(open) && looked < CHAIN_LIMIT; open = open.nextSameName, looked++) {
      if (open.isSettled) continue
      before.nextSameName = open
      before = open
      if (open.questionType === exchange.questionType && open.sides.clientAddress === exchange.sides.clientAddress) {
        exchange.repeats(open)
      }
    }
    before.nextSameName = isLive(open) ? open : undefined
    this.#byName.set(name, exchange)
  }

  /** What asked this question in the same flow. */
  #findSame(scanner: DnsScanner, sides: FlowSides): DnsExchange | undefined {
    let open = this.#byId.get(idKey(scanner.id, sides.clientPort))
    for (let looked = 0; isLive(open) && looked < CHAIN_LIMIT; open = open.nextSameId, looked++) {
      if (open.sides === sides && asksTheSame(open, scanner)) return open
    }
    return undefined
  }

  /** What waits for an answer in the same flow: an answer may come without question, or with another. */
  #findAny(scanner: DnsScanner, sides: FlowSides): DnsExchange | undefined {
    let open = this.#byId.get(idKey(scanner.id, sides.clientPort))
    for (let looked = 0; isLive(open) && looked < CHAIN_LIMIT; open = open.nextSameId, looked++) {
      if (open.sides === sides && open.answerCount === 0) return open
    }
    return undefined
  }

  /** What the client asked somebody else from the same port. */
  #findElsewhere(scanner: DnsScanner, sides: FlowSides): DnsExchange | undefined {
    let open = this.#byId.get(idKey(scanner.id, sides.clientPort))
    for (let looked = 0; isLive(open) && looked < CHAIN_LIMIT; open = open.nextSameId, looked++) {
      const isOfClient = open.queryCount > 0 && open.sides.clientAddress === sides.clientAddress
      if (isOfClient && asksTheSame(open, scanner)) return open
    }
    return undefined
  }

  #forgetOld(timeNs: number): void {
    while (this.#first < this.#order.length) {
      const { startedNs, isSettled } = this.#order[this.#first]
      if (timeNs - startedNs <= (isSettled ? SETTLED_KEPT_NS : KEPT_NS)) break
      this.#giveOldest()
    }
  }

  #giveOldest(): void {
    const exchange = this.#order[this.#first++]
    exchange.isOver = true
    const key = idKey(exchange.id, exchange.sides.clientPort)
    cutOff(this.#byId, key, exchange, 'nextSameId')
    if (exchange.questionName !== undefined) cutOff(this.#byName, exchange.questionName, exchange, 'nextSameName')
    this.#sink.transaction(exchange)
    if (this.#first < OVER_LIMIT) return
    this.#order = this.#order.slice(this.#first)
    this.#first = 0
  }
}

/** A flood with one port and id, or one name, must not make each packet walk a long list. */
const CHAIN_LIMIT = 16
/** Bit of the TTL field of OPT (RFC 3225). */
const DNSSEC_OK = 0x8000

function isLive(exchange: DnsExchange | undefined): exchange is DnsExchange {
  return exchange !== undefined && !exchange.isOver
}

function idKey(id: number, clientPort: number): number {
  return (id << 16) | clientPort
}

function asksTheSame(exchange: DnsExchange, scanner: DnsScanner): boolean {
  if (scanner.questionCount === 0) return exchange.questionName === undefined
  return exchange.questionType === scanner.questionType && exchange.questionName === scanner.questionName
}

function noteEdns(exchange: DnsExchange, scanner: DnsScanner): void {
  if (scanner.additionalCount === 0) return
  while (scanner.next()) {
    if (scanner.type !== RECORD_TYPE.OPT) continue
    exchange.udpPayloadBytes = scanner.class
    exchange.dnssecWanted = (scanner.ttlSeconds & DNSSEC_OK) !== 0
  }
}

/** The oldest stands last in its list: what is behind it was given out before. */
function cutOff<Key>(
  lists: Map<Key, DnsExchange>,
  key: Key,
  exchange: DnsExchange,
  next: 'nextSameId' | 'nextSameName',
): void {
  const newest = lists.get(key)
  if (newest === exchange) lists.delete(key)
  exchange[next] = undefined
}
