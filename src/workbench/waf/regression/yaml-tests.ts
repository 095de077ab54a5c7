import { parse } from 'yaml'
import { z } from 'zod'
import type { RegressionTest } from './regression-test.ts'

const ID_LIST = z.array(z.number()).optional()

const OUTPUT = z.looseObject({
  status: z.union([z.number(), z.array(z.number())]).optional(),
  log: z
    .looseObject({
      expect_ids: ID_LIST,
      no_expect_ids: ID_LIST,
      match_regex: z.string().optional(),
      no_match_regex: z.string().optional(),
    })
    .optional(),
  // Before CRS 4.
  log_contains: z.string().optional(),
  no_log_contains: z.string().optional(),
})

const INPUT = z.looseObject({
  method: z.string().optional(),
  uri: z.string().optional(),
  version: z.string().optional(),
  headers: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).optional(),
  data: z.union([z.string(), z.number(), z.null(), z.array(z.string())]).optional(),
  autocomplete_headers: z.boolean().optional(),
  // Before CRS 4.
  stop_magic: z.boolean().optional(),
  encoded_request: z.string().optional(),
})

const STAGE = z.looseObject({ input: INPUT, output: OUTPUT })

const FILE = z.looseObject({
  rule_id: z.number().optional(),
  tests: z.array(
    z.looseObject({
      test_id: z.union([z.number(), z.string()]).optional(),
      test_title: z.union([z.number(), z.string()]).optional(),
      desc: z.string().optional(),
      // CRS 3 wraps each stage once more.
      stages: z.array(z.union([STAGE, z.looseObject({ stage: STAGE })])),
    }),
  ),
})

export type TestFile =
  | { readonly ok: true; readonly tests: readonly RegressionTest[] }
  | { readonly ok: false; readonly message: string }

/**
 * Reads one YAML file of regression tests in the format of go-ftw, as CRS 3 and 4 ship them.
 * @param name file name without its extension: the id of the rule in most releases
 */
export function readYamlTests(text: string, name: string): TestFile {
  let document: unknown
  try {
    document = parse(text)
  } catch (error) {
    return { ok: false, message: String(error) }
  }
  const parsed = FILE.safeParse(document)
  if (!parsed.success) return { ok: false, message: z.prettifyError(parsed.error) }
  const rule = parsed.data.rule_id ?? Number.parseInt(name, 10)
  return {
    ok: true,
    tests: parsed.data.tests.map(({ test_id, test_title, desc, stages }, index) => ({
      id: test_title === undefined ? `${rule}-${test_id ?? index + 1}` : String(test_title),
      rule,
      ...(desc !== undefined && { desc }),
      stages: stages.map((stage) => readStage('stage' in stage ? (stage.stage as z.output<typeof STAGE>) : stage)),
    })),
  }
}

function readStage({ input, output }: z.output<typeof STAGE>): RegressionTest['stages'][number] {
  const { method, uri, version, headers, encoded_request, data, autocomplete_headers, stop_magic } = input
  const { log, log_contains, no_log_contains, status } = output
  const complete = autocomplete_headers ?? (stop_magic === undefined ? undefined : !stop_magic)
  const expectations = {
    ...log,
    ...(log_contains !== undefined && { match_regex: log_contains }),
    ...(no_log_contains !== undefined && { no_match_regex: no_log_contains }),
  }
  return {
    input: {
      method,
      uri,
      version,
      headers,
      encoded_request,
      ...(data !== undefined && { data: Array.isArray(data) ? data.join('\r\n') : data }),
      ...(complete !== undefined && { autocomplete_headers: complete }),
    },
    output: {
      ...(status !== undefined && { status: Array.isArray(status) ? status : [status] }),
      ...(Object.keys(expectations).length > 0 && { log: expectations }),
    },
  }
}
