import { DNS_FLAG, opcodeOf, recordTypeName } from '#wire'
import type { Moment } from '../../flows/contract.ts'
import type { Seen } from '../contract.ts'
import { type FlowSides, OfSides, seenAt } from '../flow-sides.ts'
import type { DnsAnswer, DnsQuestion, DnsTransaction } from './dns-transaction.ts'

const SEEN_LIMIT = 16
const NONE: readonly never[] = Object.freeze([])

/** A DNS transaction while it is put together. */
export class DnsExchange extends OfSides implements DnsTransaction {
  readonly kind = 'dns'
  readonly transport: 'udp' | 'tcp'
  readonly isMulticast: boolean
  readonly id: number
  readonly questionName: string | undefined
  readonly questionType: number
  readonly questionClass: number
  queries: readonly Seen[] = NONE
  queryCount = 0
  lastQueryNs = 0
  flags = 0
  dnssecWanted = false
  udpPayloadBytes: number | undefined = undefined
  answers: readonly DnsAnswer[] = NONE
  answerCount = 0
  retryOf: readonly Seen[] = NONE
  /** An answer came that the client can use: not cut off, and of no failing server. */
  isSettled = false
  retriedAs: Seen | undefined = undefined
  tcpRetryFlow: number | undefined = undefined
  /** When it began, to decide what is given out first. */
  readonly startedNs: number
  serverLatencyNs: number | undefined = undefined
  /** It was given to the sink. */
  isOver = false
  /** The next in the lists of those with the same ports and id, and with the same name. */
  nextSameId: DnsExchange | undefined = undefined
  nextSameName: DnsExchange | undefined = undefined

  constructor(
    sides: FlowSides,
    transport: 'udp' | 'tcp',
    isMulticast: boolean,
    id: number,
    name: string | undefined,
    type: number,
    recordClass: number,
    startedNs: number,
  ) {
    super(sides)
    this.transport = transport
    this.isMulticast = isMulticast
    this.id = id
    this.questionName = name
    this.questionType = type
    this.questionClass = recordClass
    this.startedNs = startedNs
  }

  get question(): DnsQuestion | undefined {
    if (this.questionName === undefined) return undefined
    return {
      name: this.questionName,
      type: this.questionType,
      typeName: recordTypeName(this.questionType),
      class: this.questionClass,
    }
  }

  get opcode(): number {
    return opcodeOf(this.flags)
  }

  get recursionDesired(): boolean {
    return (this.flags & DNS_FLAG.recursionDesired) !== 0
  }

  get checkingDisabled(): boolean {
    return (this.flags & DNS_FLAG.checkingDisabled) !== 0
  }

  get latencyNs(): number | undefined {
    if (this.queries.length === 0 || this.answers.length === 0) return undefined
    return this.answers[0].timeNs - this.queries[0].timeNs
  }

  get answersDiffer(): boolean {
    const [first, ...others] = this.answers
    return others.some((other) => saysOtherwise(first, other))
  }

  addQuery(flags: number, at: Moment): void {
    this.flags = flags
    this.queryCount++
    this.lastQueryNs = at.timeNs
    if (this.queries.length < SEEN_LIMIT) this.queries = [...this.queries, seenAt(at)]
  }

  addAnswer(answer: DnsAnswer): void {
    if (this.answerCount === 0 && this.queryCount > 0) this.serverLatencyNs = answer.timeNs - this.lastQueryNs
    this.answerCount++
    if (!answer.truncated && (answer.responseCode === 0 || answer.responseCode === 3)) this.isSettled = true
    if (this.answers.length < SEEN_LIMIT) this.answers = [...this.answers, answer]
  }

  /** It asks again what an earlier one asked without success. */
  repeats(earlier: DnsExchange): void {
    const seen = earlier.queries[0]
    if (seen !== undefined && this.retryOf.length < SEEN_LIMIT) this.retryOf = [...this.retryOf, seen]
    earlier.retriedAs ??= this.queries[0]
    if (this.transport === 'tcp' && earlier.wasTruncated) earlier.tcpRetryFlow ??= this.flow
  }

  /** An answer over UDP said that the whole needs TCP. */
  get wasTruncated(): boolean {
    return this.transport === 'udp' && this.answers.some(({ truncated }) => truncated)
  }
}

/** Another code, or addresses of which none is the same: what load balancers shuffle stays equal. */
function saysOtherwise(one: DnsAnswer, other: DnsAnswer): boolean {
  if (one.truncated || other.truncated) return false
  if (one.responseCode !== other.responseCode) return true
  if (one.addresses.length === 0 && other.addresses.length === 0) return false
  return !one.addresses.some((address) => other.addresses.includes(address))
}
