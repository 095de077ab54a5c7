import type { StreamEnd } from '../../flows/contract.ts'
import type { Seen, Side } from '../contract.ts'
import { type FlowSides, OfSides } from '../flow-sides.ts'
import type { HttpRequest, HttpResponse } from './http-transaction.ts'

const INFORMATIONAL_LIMIT = 8
const NONE: readonly never[] = Object.freeze([])

/** What exchanges of all versions of HTTP have in common while they are put together. */
export abstract class Exchange extends OfSides {
  readonly kind = 'http'
  readonly index: number
  answeredEarly = false
  informational: readonly (Seen & { readonly status: number })[] = NONE
  end: StreamEnd | undefined = undefined
  endedBy: Side | undefined = undefined
  endSeen: Seen | undefined = undefined
  abstract readonly request: HttpRequest | undefined
  abstract readonly response: HttpResponse | undefined
  /** When the connection had nothing to do before it, since when. */
  protected abstract readonly idleSinceNs: number | undefined

  constructor(sides: FlowSides, index: number) {
    super(sides)
    this.index = index
  }

  addInformational({ first, status }: HttpResponse): void {
    if (this.informational.length >= INFORMATIONAL_LIMIT) return
    this.informational = [...this.informational, { ...first, status }]
  }

  get isSecure(): boolean {
    return this.sides.isOpened
  }

  get isReuse(): boolean {
    return this.index > 0
  }

  get idleBeforeNs(): number | undefined {
    if (this.request === undefined || this.idleSinceNs === undefined) return undefined
    return Math.max(0, this.request.first.timeNs - this.idleSinceNs)
  }

  get clientNs(): number | undefined {
    return this.idleBeforeNs
  }

  get serverNs(): number | undefined {
    const answer = this.informational[0] ?? this.response?.first
    if (this.request?.complete !== true || answer === undefined || this.answeredEarly) return undefined
    return answer.timeNs - this.request.last.timeNs
  }

  get transferNs(): number | undefined {
    return this.response?.complete === true ? this.response.last.timeNs - this.response.first.timeNs : undefined
  }
}
