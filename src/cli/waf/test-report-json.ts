import { ruleIdJson } from '#events'
import { isNoticed, type TestedRequest } from '#workbench'
import { requestLine } from './shown-request.ts'
import type { ShownRequests, TestedSubject } from './tested-subject.ts'

/** What `waf test --json` prints; `misses` are the thresholds that were not reached. */
export function testJson(
  subjects: readonly TestedSubject[],
  show: ShownRequests | undefined,
  misses: readonly string[],
): unknown {
  return {
    ok: misses.length === 0,
    misses,
    tests: subjects.map(({ subject, settings, tested, report }) => ({
      subject,
      settings,
      detection: report.detection ?? null,
      falsePositives: report.falsePositives ?? null,
      attacks: report.attacks,
      harmless: report.benign,
      missed: report.missed.map(requestJson),
      wronglyBlocked: report.wronglyStopped.map(requestJson),
      ...(show !== undefined && { [show]: shownRequests(tested, show).map(requestJson) }),
    })),
  }
}

/** The requests that were stopped, or those that were not. */
export function shownRequests(tested: readonly TestedRequest[], show: ShownRequests): readonly TestedRequest[] {
  return tested.filter(({ outcome }) =>
    show === 'blocked' ? isNoticed(outcome.treatment) : outcome.treatment === 'passed',
  )
}

function requestJson({ request, outcome }: TestedRequest): unknown {
  const { treatment, status, ruleId, why, score, findings } = outcome
  return {
    id: request.id,
    kind: request.kind,
    ...(request.class !== undefined && { class: request.class }),
    request: requestLine(request.sample),
    treatment,
    ...(status !== undefined && { status }),
    ...(ruleId !== undefined && { ruleId: ruleIdJson(ruleId) }),
    why,
    ...(score !== undefined && { score }),
    findings: findings.map((finding) => ({ ...finding, ruleId: ruleIdJson(finding.ruleId) })),
  }
}
