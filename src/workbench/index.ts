export { attackCorpus } from './waf/attacks/attack-corpus.ts'
export { benignCorpus, type BenignCorpusSize, embeddedBenignCorpus } from './waf/benign/benign-corpus.ts'
export type { CorpusKind, CorpusRequest } from './waf/corpus-request.ts'
export { CorpusJudge, type CorpusVerdict, reasonOf } from './waf/judge-corpus.ts'
export { policyRules, policyYaml, type WrittenRule } from './waf/exceptions/policy-rules.ts'
export type { JudgedRequest } from './waf/exceptions/judged-request.ts'
export { type Suggestion, suggestExceptions } from './waf/exceptions/suggest-exception.ts'
export { logLine } from './waf/regression/evaluate-stage.ts'
export { judgeStage, type StageOutcome } from './waf/regression/judge-stage.ts'
export { rawRequest } from './waf/regression/raw-request.ts'
export { reflectedAnswer } from './waf/regression/reflect.ts'
export type { RegressionTest, StageInput, StageOutput } from './waf/regression/regression-test.ts'
export { type RegressionTally, runRegression } from './waf/regression/run-regression.ts'
export { TEST_SETUP } from './waf/regression/test-setup.ts'
export { chosenRequests, type CorpusName } from './waf/test-run/corpora.ts'
export { RehearsedJudge } from './waf/test-run/rehearsed-judge.ts'
export { RemoteJudge } from './waf/test-run/remote-judge.ts'
export { runTest } from './waf/test-run/run-test.ts'
export { requestBytes } from './waf/test-run/request-bytes.ts'
export { hostOfSite } from './waf/test-run/site-host.ts'
export {
  type GroupTally,
  isNoticed,
  type TestedRequest,
  type TestReport,
  testReport,
} from './waf/test-run/test-report.ts'
export type { Judge } from './waf/test-run/treatment.ts'
export { fetchArchive } from './waf/update/fetch-archive.ts'
export { installRelease, type InstallReport, releaseDirectory } from './waf/update/install-release.ts'
export { type Release, ReleaseStore } from './waf/update/releases.ts'
export type { DifferentRule } from './waf/update/rule-difference.ts'
export {
  type CaptureReading,
  type CaptureTaker,
  CaptureNotes,
  feedCapture,
  readCapture,
  type ReadingOptions,
  type ReadingProgress,
} from './capture/reading/read-capture.ts'
export { replayDraft, type ReplayQuestion, type ReplaySources } from './replay/replay-draft.ts'
export type { ReplayReport } from './replay/replay-report.ts'
export { draftOfExpression, draftText, type ExpressionDraft, UNNAMED_RULE } from './replay/draft-of-expression.ts'
export { compare, type CompareOptions } from './compare/compare.ts'
export { type ApartOptions, compareApart } from './compare/apart/compare-apart.ts'
export { ComparisonDesk } from './compare/apart/comparison-desk.ts'
export type { SideSource } from './compare/apart/side-source.ts'
export type { FactRow } from './compare/population/fact-row.ts'
export { MemoryPopulation } from './compare/population/memory-population.ts'
export { openPopulation } from './compare/population/open-population.ts'
export { StorePopulation } from './compare/population/store-population.ts'
export { factValue } from './compare/population/fact-value.ts'
export type { Population } from './compare/population/population.ts'
export {
  type Attribute,
  COMPARE_KINDS,
  type CompareKind,
  type CompareReport,
  type FilterReport,
} from './compare/report.ts'
export { analyzeCapture } from './capture/analysis/analyze-capture.ts'
export { analyzeBytesApart } from './capture/analysis/analyze-bytes-apart.ts'
export type { CaptureReport, FlowSummary } from './capture/analysis/capture-report.ts'
export type { ExportStreamSummary, ExportSummary } from './capture/exports/export-summary.ts'
export type { RequestTiming } from './capture/analysis/request-timings.ts'
export { FINDING_KINDS, type Finding, type FindingKind, type Severity } from './findings/index.ts'
export { CaptureFiles } from './capture/live/capture-files.ts'
export { type CapturedFrame, LiveCapture } from './capture/live/live-capture.ts'
export type { CaptureComparison } from './capture/comparison/compare-captures.ts'
