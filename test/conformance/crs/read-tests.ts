import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { RegressionTest, StageInput, StageOutput } from '#workbench'

/** A test as a line of the files has it: one status where go-ftw has a list. */
type TestLine = Omit<RegressionTest, 'stages'> & {
  readonly stages: readonly {
    readonly input: StageInput
    readonly output: Omit<StageOutput, 'status'> & { readonly status?: number }
  }[]
}

/** The regression tests in a folder of JSON-lines files, in the order of the file names; `wanted` are beginnings of ids. */
export function readTests(directory: string, wanted: readonly string[] = []): RegressionTest[] {
  const tests = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(path.join(directory, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => withStatusList(JSON.parse(line) as TestLine))
  return tests.filter(({ id }) => wanted.length === 0 || wanted.some((start) => id.startsWith(start)))
}

function withStatusList({ stages, ...test }: TestLine): RegressionTest {
  return {
    ...test,
    stages: stages.map(({ input, output: { status, ...output } }) => ({
      input,
      output: { ...output, ...(status !== undefined && { status: [status] }) },
    })),
  }
}
