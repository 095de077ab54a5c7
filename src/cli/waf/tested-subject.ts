import type { TestedRequest, TestReport } from '#workbench'

/** What was tested: a site by its configuration, or a running edge; with what was found out. */
export interface TestedSubject {
  readonly subject: string
  /** How it is set, in words; what a request meets depends on the policy as well. */
  readonly settings: string
  readonly tested: readonly TestedRequest[]
  readonly report: TestReport
}

/** Which requests are listed besides those that go wrong. */
export type ShownRequests = 'blocked' | 'passed'
