import type { WafBody } from '../message.ts'
import type { RequestParts } from '../parts/request-parts.ts'
import type { WafCoverage } from '../verdict.ts'

/** Keeps account of how much of a body was looked at. */
export class BodyCoverage {
  #inspectedBytes: number
  #streamedBytes: number
  #totalBytes: number | undefined
  readonly #why: string | undefined
  /** True when what streams beyond the head is of no use to rules: it is compressed. */
  readonly isOpaque: boolean

  private constructor(body: WafBody | undefined, inspectedBytes: number, why: string | undefined, isOpaque: boolean) {
    this.#inspectedBytes = inspectedBytes
    this.#streamedBytes = body?.bytes.length ?? 0
    this.#totalBytes = body?.totalBytes ?? (body?.complete === true ? body.bytes.length : undefined)
    this.#why = why
    this.isOpaque = isOpaque
  }

  static ofRequest(parts: RequestParts, body: WafBody): BodyCoverage {
    const { codingProblem, body: contents } = parts
    const isCoded = !body.complete && parts.header('content-encoding') !== undefined
    const why =
      codingProblem !== undefined
        ? `content coding: ${codingProblem}`
        : contents.limit !== undefined
          ? `limit of the parser: ${contents.limit}`
          : isCoded
            ? 'content coding: only the head is decoded'
            : undefined
    return new BodyCoverage(body, body.bytes.length, why, isCoded)
  }

  static ofResponse(body: WafBody | undefined): BodyCoverage {
    return new BodyCoverage(body, body?.bytes.length ?? 0, undefined, false)
  }

  /** Bytes that came after what was held. */
  streamed(bytes: Uint8Array, last: boolean): void {
    this.#streamedBytes += bytes.length
    if (last) this.#totalBytes = this.#streamedBytes
  }

  /** Bytes of a window that rules looked at. */
  inspected(bytes: number): void {
    this.#inspectedBytes = Math.min(this.#inspectedBytes + bytes, this.#streamedBytes)
  }

  statement(isBudgetSpent: boolean): WafCoverage {
    const missing = this.#inspectedBytes < (this.#totalBytes ?? this.#streamedBytes)
    const why = this.#why ?? (isBudgetSpent ? 'the CPU budget ran out' : missing ? 'larger than the limit' : undefined)
    return { inspectedBytes: this.#inspectedBytes, totalBytes: this.#totalBytes, why }
  }
}
