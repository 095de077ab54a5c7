import { compileWaf, createWaf, type Waf, type WafMatch, type WafSettings, type WafVerdict } from '#detect'
import { parseIp } from '#wire'
import type { StageInput } from './regression-test.ts'
import type { StageOutcome } from './judge-stage.ts'
import { rawRequest } from './raw-request.ts'
import { isRefused, type ReadableRequest, readRequest } from './read-request.ts'
import { type OriginAnswer, reflectedAnswer } from './reflect.ts'
import { TEST_SETUP } from './test-setup.ts'

/** Settings under which CRS tests itself: everything is judged at the highest paranoia level, nothing is blocked. */
const SETTINGS: WafSettings = {
  mode: 'log',
  ruleSets: ['crs'],
  paranoia: 4,
  inboundThreshold: 5,
  outboundThreshold: 4,
  sensitivity: {
    sqli: 'off',
    xss: 'off',
    rce: 'off',
    template: 'off',
    traversal: 'off',
    ssrf: 'off',
    exploit: 'off',
    scanner: 'off',
    protocol: 'off',
    upload: 'off',
    session: 'off',
    leak: 'off',
  },
  bodyLimitBytes: 1024 * 1024,
  responseBodyLimitBytes: 1024 * 1024,
  budgetMs: 60_000,
  onBudget: 'open',
}

/** Loads the rules of a directory with the set-up that the tests expect. */
export function createTestWaf(directory: string): Waf {
  return createWaf(
    compileWaf({
      crs: { directory, before: [{ file: 'test set-up', text: TEST_SETUP }] },
      profiles: [SETTINGS],
    }),
  )
}

/** Evaluates a stage without sockets. */
export function evaluateStage(waf: Waf, input: StageInput): StageOutcome {
  const raw = rawRequest(input)
  const request = readRequest(raw)
  const answer = reflectedAnswer(request.target, request.body)
  const verdict = judge(waf, request, answer)
  return {
    ids: new Set(verdict.ruleIds.map(Number)),
    status: isRefused(raw) ? 400 : answer.status,
    logLines: verdict.matches.map(logLine),
  }
}

const LOOPBACK = parseIp('127.0.0.1')!

let requests = 0

function judge(waf: Waf, request: ReadableRequest, answer: OriginAnswer): WafVerdict {
  const inspection = waf.inspect(
    {
      ray: `test${String(++requests).padStart(8, '0')}`,
      method: request.method,
      target: request.target,
      version: request.version,
      fields: request.fields,
      remoteAddress: LOOPBACK,
      remotePort: 40_000,
      localAddress: LOOPBACK,
      localPort: 80,
      secure: false,
      receivedMs: Date.now(),
    },
    SETTINGS,
    [],
  )
  inspection.head()
  inspection.body(wholeBody(request.body))
  const wantsBody = inspection.response({
    status: answer.status,
    reason: '',
    version: 'HTTP/1.1',
    fields: answer.fields.flat(),
  })
  if (wantsBody) inspection.responseBody(wholeBody(answer.body))
  inspection.finish()
  return inspection.verdict
}

function wholeBody(text: string): { bytes: Uint8Array; complete: true; totalBytes: number } {
  const bytes = Buffer.from(text, 'latin1')
  return { bytes, complete: true, totalBytes: bytes.length }
}

/** What of a match a log line is made of; an event leaves the offsets out where it hides a secret. */
type LoggedMatch = Pick<WafMatch, 'message' | 'variable' | 'value'> &
  Partial<Pick<WafMatch, 'matchOffset' | 'matchLength'>> & { readonly ruleId: string | number }

/** A line as an audit log of ModSecurity has it, as far as the tests look at it. */
export function logLine({ ruleId, message, variable, value, matchOffset = 0, matchLength = 0 }: LoggedMatch): string {
  const matched = value.slice(matchOffset, matchOffset + matchLength)
  const data = `Matched Data: ${matched} found within ${variable}: ${value}`
  return `[id "${ruleId}"] [msg "${message}"] [data "${data.replace(CONTROLS, escapeByte)}"]`
}

// oxlint-disable-next-line no-control-regex -- a log line shows them as escapes
const CONTROLS = /[\0-\x1f\x7f]/g

function escapeByte(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`
}
