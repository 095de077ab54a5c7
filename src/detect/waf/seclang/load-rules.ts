import { finishRuleSet } from './finish-rule-set.ts'
import type { SecRuleSet } from './model.ts'
import { Problems } from './problems.ts'
import { ruleFiles } from './rule-layout.ts'
import { RuleReader } from './rule-reader.ts'
import { RuleSetDraft } from './rule-set-draft.ts'

/** SecLang that does not stand in a file of its own, such as the settings of a test. */
interface SecText {
  /** Shown in places; relative names in the text are looked up beside it. */
  readonly file: string
  /** Bytes, each a character U+0000 to U+00FF. */
  readonly text: string
}

export interface LoadSecRulesOptions {
  /** A folder with `rules/` inside, one that holds `*.conf` itself, or one file. */
  readonly directory?: string
  /** Read before the rules; by default `crs-setup.conf` or `crs-setup.conf.example` in the folder. */
  readonly setupFile?: string
  /** Texts read before and after everything else. */
  readonly before?: readonly SecText[]
  readonly after?: readonly SecText[]
  /**
   * Names that are left out with a warning although they are not supported: `SecFoo`, `@inspectFile`, `exec`,
   * `ctl:hashEngine`, `WEBSERVER_ERROR_LOG`. A rule is left out with its operator or its last variable.
   */
  readonly accept?: readonly string[]
}

/**
 * Reads SecLang rules: includes followed, updates and removals applied.
 * @throws TidegateError ERR_RULE_INVALID that lists every problem with file, line and column
 */
export function loadSecRules({ directory, setupFile, before, after, accept }: LoadSecRulesOptions): SecRuleSet {
  const draft = new RuleSetDraft(new Problems(accept ?? []))
  const reader = new RuleReader(draft)
  for (const { file, text } of before ?? []) reader.readText(text, file)
  for (const file of ruleFiles(directory, setupFile)) reader.readFile(file)
  for (const { file, text } of after ?? []) reader.readText(text, file)
  return finishRuleSet(draft)
}
