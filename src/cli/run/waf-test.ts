import type { WafClass } from '#detect'
import { TidegateError } from '#kernel'
import { chosenRequests, type CorpusName } from '#workbench'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { localConfig } from '../local-config.ts'
import { testEdge } from '../waf/edge-test.ts'
import { clientAddress, hostFor, testSites } from '../waf/site-test.ts'
import { testJson } from '../waf/test-report-json.ts'
import { testReportText } from '../waf/test-report-text.ts'
import type { ShownRequests, TestedSubject } from '../waf/tested-subject.ts'

interface WafTestOptions {
  readonly config?: string
  readonly site?: string
  readonly corpus: CorpusName
  readonly class?: readonly WafClass[]
  readonly show?: ShownRequests
  readonly limit: number
  readonly ip: string
  readonly minDetection?: number
  readonly maxFalsePositives?: number
  readonly url?: string
  readonly tokenEnv?: string
  readonly insecure?: boolean
  readonly json?: boolean
}

/** Does what `tidegate waf test` says. */
export async function runWafTest(options: WafTestOptions): Promise<ExitCode> {
  const subjects = await testSubjects(options)
  const misses = subjects.flatMap((subject) => missedThresholds(subject, options))
  if (options.json === true)
    process.stdout.write(`${JSON.stringify(testJson(subjects, options.show, misses), null, 2)}\n`)
  else process.stdout.write(subjects.map((subject) => testReportText(subject, options.show, options.limit)).join('\n'))
  for (const miss of misses) process.stderr.write(`${miss}\n`)
  return misses.length === 0 ? EXIT.ok : EXIT.negative
}

async function testSubjects(options: WafTestOptions): Promise<readonly TestedSubject[]> {
  const requests = chosenRequests(options.corpus, options.class)
  if (requests.length === 0) {
    throw new TidegateError(
      'ERR_NOT_FOUND',
      `there are no attacks of class ${options.class?.join(', ') ?? ''} to send`,
      {
        source: 'client',
        remedy: 'What an answer leaks is found in answers: no request can try it.',
      },
    )
  }
  const { site, url, tokenEnv } = options
  if (url === undefined)
    return testSites(localConfig(options.config), requests, { site, client: clientAddress(options.ip) })
  const host = site === undefined ? undefined : hostFor(localConfig(options.config), site)
  return [await testEdge(requests, { url, host, tokenEnv, verify: options.insecure !== true })]
}

/** Which of the wanted shares are not reached; a share of nothing misses nothing. */
function missedThresholds({ subject, report }: TestedSubject, options: WafTestOptions): string[] {
  const { minDetection = 0, maxFalsePositives = 100 } = options
  const { detection = 100, falsePositives = 0 } = report
  return [
    ...(detection < minDetection
      ? [`${subject}: ${detection.toFixed(2)} % of the attacks are detected, wanted are ${minDetection} %`]
      : []),
    ...(falsePositives > maxFalsePositives
      ? [
          `${subject}: ${falsePositives.toFixed(2)} % of the harmless requests are blocked, wanted are ${maxFalsePositives} %`,
        ]
      : []),
  ]
}
