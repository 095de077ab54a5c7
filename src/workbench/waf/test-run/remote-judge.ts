import { TidegateError } from '#kernel'
import { createDialer, type Dialer } from '#net'
import { fieldValue, type MessageSink, type ResponseHead, ResponseReader } from '#wire'
import type { Judge, Outcome, Treatment } from './treatment.ts'

/** Header fields by which a test client is told what the WAF found. */
const RULES_FIELD = 'tidegate-waf'
const SCORE_FIELD = 'tidegate-waf-score'
const RAY_FIELD = 'tidegate-ray'

const CONNECT_TIMEOUT_MS = 10_000
const ANSWER_TIMEOUT_MS = 30_000
/** Longer answers are no page of the edge. */
const BODY_BYTES = 65_536
const LIMITS = { headBytes: 65_536, fieldCount: 200, trailerBytes: 8192, chunkExtensionBytes: 4096 }

/** Sends requests to a running edge, each on a connection of its own, and tells its pages from answers of the application. */
export class RemoteJudge implements Judge {
  readonly #dialer: Dialer
  readonly #url: URL

  /** `url` is `http:` or `https:`; only origin and scheme count. */
  constructor(url: URL, options: { readonly verify: boolean }) {
    this.#url = url
    const secure = url.protocol === 'https:'
    this.#dialer = createDialer({
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port) || (secure ? 443 : 80),
      secure,
      verify: options.verify,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
    })
  }

  /** @throws TidegateError ERR_API_UNREACHABLE when the edge cannot be connected to */
  async judge(bytes: Uint8Array): Promise<Outcome> {
    const answer = await this.#ask(bytes)
    return answer === undefined ? NO_ANSWER : outcomeOf(answer)
  }

  close(): void {}

  /** Undefined when the connection ended without a whole answer. */
  #ask(bytes: Uint8Array): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      const answer = new Answer()
      this.#dialer.dial({
        onDialFailed: ({ detail }) => reject(unreachable(this.#url, detail)),
        onDialed: (socket) => {
          const finish = (found: Answer | undefined): void => {
            socket.destroy()
            resolve(found)
          }
          socket.setTimeout(ANSWER_TIMEOUT_MS, () => finish(undefined))
          socket.on('error', () => finish(answer.ended()))
          socket.on('close', () => finish(answer.ended()))
          socket.on('data', (piece: Buffer) => {
            if (answer.feed(piece)) finish(answer)
          })
          socket.write(bytes)
        },
      })
    })
  }
}

/** What came back. */
class Answer implements MessageSink<ResponseHead> {
  head: ResponseHead | undefined = undefined
  body = ''
  #isWhole = false
  readonly #reader = new ResponseReader(LIMITS, this)

  /** True when nothing more is wanted. */
  feed(bytes: Buffer): boolean {
    for (let at = 0; at >= 0 && at < bytes.length && !this.#isWhole;) at = this.#reader.feed(bytes, at)
    return this.#isWhole || this.#reader.refusal !== undefined
  }

  /** The connection has ended: the answer, if that was its end too. */
  ended(): Answer | undefined {
    this.#reader.closed()
    return this.#isWhole ? this : undefined
  }

  onHead(head: ResponseHead): void {
    this.head = head
  }

  onBody(bytes: Buffer): void {
    this.body += bytes.toString('latin1')
    if (this.body.length > BODY_BYTES) this.#isWhole = true
  }

  onEnd(): void {
    this.#isWhole = this.head !== undefined && this.head.status >= 200
  }
}

/** Pages of the edge say which side the trouble is on, unless rules decided. */
const SIDE = /"side":"(\w+)"|<p>Where: <b>(\w+)<\/b>/

const TREATMENT_OF_SIDE: Readonly<Record<string, Treatment>> = { client: 'refused', edge: 'failed', origin: 'failed' }

function outcomeOf({ head, body }: Answer): Outcome {
  if (head === undefined) return NO_ANSWER
  const field = (name: string): string | undefined => fieldValue(head.fields, name)
  const ray = field(RAY_FIELD)
  const rules = (field(RULES_FIELD) ?? '').split(',').filter((id) => id !== '')
  const score = field(SCORE_FIELD)
  // The application does not know the ray of its own answer; a page of the edge shows it.
  const isPage = head.status >= 400 && ray !== undefined && body.includes(ray)
  const side = SIDE.exec(body)
  const treatment = !isPage ? 'passed' : (TREATMENT_OF_SIDE[side?.[1] ?? side?.[2] ?? ''] ?? 'blocked')
  return {
    treatment,
    status: isPage ? head.status : undefined,
    ruleId: undefined,
    why: `${isPage ? 'the edge' : 'the application'} answered ${head.status}`,
    score: score === undefined ? undefined : Number(score),
    findings: rules.map((ruleId) => ({ ruleId })),
  }
}

const NO_ANSWER: Outcome = {
  treatment: 'failed',
  status: undefined,
  ruleId: undefined,
  why: 'the connection ended without an answer',
  score: undefined,
  findings: [],
}

function unreachable(url: URL, detail: string): TidegateError {
  return new TidegateError('ERR_API_UNREACHABLE', `no connection to ${url.origin}: ${detail}`, {
    source: 'environment',
    retry: true,
    remedy: 'Name an address of edge.listeners of a running Tidegate with --url.',
  })
}
