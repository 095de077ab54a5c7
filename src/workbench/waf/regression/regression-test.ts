/** What a stage sends, as regression tests of the Core Rule Set say it (go-ftw's `input`). */
export interface StageInput {
  readonly method?: string | undefined
  readonly uri?: string | undefined
  readonly version?: string | undefined
  readonly headers?: Readonly<Record<string, string | number | null>> | undefined
  readonly data?: string | number | null
  readonly autocomplete_headers?: boolean
  /** Base64 of the request as raw bytes; everything else is then ignored. */
  readonly encoded_request?: string | undefined
}

/** What a stage expects (go-ftw's `output`). */
export interface StageOutput {
  /** Any of these. */
  readonly status?: readonly number[]
  readonly log?: {
    readonly expect_ids?: readonly number[] | undefined
    readonly no_expect_ids?: readonly number[] | undefined
    readonly match_regex?: string | undefined
    readonly no_match_regex?: string | undefined
  }
}

export interface RegressionTest {
  readonly id: string
  readonly rule: number
  readonly desc?: string
  readonly stages: readonly { readonly input: StageInput; readonly output: StageOutput }[]
}
