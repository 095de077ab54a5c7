import { parseIp } from '#wire'
import { type CompiledWaf, compileWaf } from '../../compile.ts'
import type { WafInspection } from '../../inspection.ts'
import type { WafRequest } from '../../message.ts'
import { WAF_CLASSES, type WafException, type WafSettings } from '../../settings.ts'
import type { WafInterruption, WafVerdict } from '../../verdict.ts'
import { createWaf } from '../../waf.ts'

/** A request as short as a test needs it. Texts are bytes. */
export interface TestRequest {
  readonly method?: string
  readonly target?: string
  readonly version?: string
  readonly headers?: readonly string[]
  readonly contentType?: string
  readonly body?: string
  readonly response?: {
    readonly status?: number
    readonly headers?: readonly string[]
    readonly body?: string
  }
}

export interface Judgement {
  readonly ids: readonly string[]
  readonly verdict: WafVerdict
  readonly interruption: WafInterruption | undefined
}

export const TEST_SETTINGS: WafSettings = {
  mode: 'log',
  ruleSets: ['crs'],
  paranoia: 1,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: Object.fromEntries(WAF_CLASSES.map((name) => [name, 'medium'])) as WafSettings['sensitivity'],
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 1024 * 1024,
  budgetMs: 60_000,
  onBudget: 'open',
}

/** Compiles rules that stand in a text. */
export function compileText(text: string, settings: WafSettings = TEST_SETTINGS): CompiledWaf {
  return compileWaf({ crs: { before: [{ file: 'test.conf', text }] }, profiles: [settings] })
}

/** The same rules without the literal filter: every rule runs for every value. */
export function withoutFilter(compiled: CompiledWaf): CompiledWaf {
  return compiled.crs === undefined ? compiled : { ...compiled, crs: { ...compiled.crs, tables: new Map() } }
}

/** What a rule set says about one request after the other. */
export class Judge {
  readonly #inspect: (request: WafRequest) => WafInspection

  constructor(compiled: CompiledWaf, settings: WafSettings = TEST_SETTINGS, exceptions: readonly WafException[] = []) {
    const waf = createWaf(compiled)
    this.#inspect = (request) => waf.inspect(request, settings, exceptions)
  }

  /** Begins a request, for tests that drive the steps themselves. */
  begin(request: TestRequest): WafInspection {
    return this.#inspect(wafRequest(request))
  }

  judge(request: TestRequest): Judgement {
    const inspection = this.begin(request)
    inspection.head()
    inspection.body(wholeBody(request.body ?? ''))
    if (request.response !== undefined) answer(inspection, request.response)
    inspection.finish()
    const { verdict, interruption } = inspection
    return { ids: verdict.ruleIds, verdict, interruption }
  }
}

/** Ids of the rules of a text that match a request. The literal filter must not change them. */
export function matchingIds(rules: string, request: TestRequest, settings: WafSettings = TEST_SETTINGS): string {
  const compiled = compileText(rules, settings)
  const [filtered, naive] = [compiled, withoutFilter(compiled)].map((form) =>
    new Judge(form, settings).judge(request).ids.join(' '),
  )
  if (filtered !== naive) throw new Error(`with the filter: ${filtered}; without: ${naive}`)
  return filtered
}

const LOOPBACK = parseIp('127.0.0.1')!

function wafRequest(request: TestRequest): WafRequest {
  const { method, target = '/', version = 'HTTP/1.1', headers = [], contentType, body } = request
  const fields = ['Host', 'www.example.test', ...headers]
  if (contentType !== undefined) fields.push('Content-Type', contentType)
  if (body !== undefined) fields.push('Content-Length', String(body.length))
  return {
    ray: 'test-ray',
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    target,
    version,
    fields,
    remoteAddress: LOOPBACK,
    remotePort: 40_000,
    localAddress: LOOPBACK,
    localPort: 80,
    secure: false,
    receivedMs: 1_760_000_000_000,
  }
}

function wholeBody(text: string): { bytes: Uint8Array; complete: true; totalBytes: number } {
  const bytes = Buffer.from(text, 'latin1')
  return { bytes, complete: true, totalBytes: bytes.length }
}

function answer(
  inspection: WafInspection,
  { status = 200, headers, body = '' }: NonNullable<TestRequest['response']>,
): void {
  const fields = headers ?? ['Content-Type', 'text/html']
  if (inspection.response({ status, reason: 'OK', version: 'HTTP/1.1', fields })) {
    inspection.responseBody(wholeBody(body))
  }
}
