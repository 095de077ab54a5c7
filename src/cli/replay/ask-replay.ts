import { existsSync, readFileSync, statSync } from 'node:fs'
import { TidegateError } from '#kernel'
import type { ApiClient } from '../client/api-client.ts'

export interface CountJson {
  readonly count: number
  readonly error: number
  readonly rows: number
}

/** What the API answers; see the resource `replay`. */
export interface ReplayJson {
  readonly phase: string
  readonly kind: string
  readonly since: string
  readonly until: string
  readonly total: CountJson
  readonly matched: CountJson
  readonly changed: CountJson
  readonly changes: readonly ({ readonly was: string; readonly now: string; readonly ruleId?: string } & CountJson)[]
  readonly rules: readonly ({
    readonly id: string
    readonly when: string
    readonly action: string
    readonly mode: string
  } & CountJson)[]
  readonly notReached: CountJson
  readonly undecidable: CountJson
  readonly unknownVersion: CountJson
  readonly groups: readonly {
    readonly field: string
    readonly values: readonly ({ readonly value: string | number | boolean | null } & CountJson)[]
  }[]
  readonly samples: readonly {
    readonly ray: string
    readonly time: string
    readonly was: string
    readonly now: string
  }[]
  readonly notes: readonly string[]
}

/** A rule as a command was given it: the text of a file, or an expression. */
export type GivenRule = { readonly draft: string } | { readonly when: string }

/** No expression ends like that: it names a file. */
const FILE_NAME = /\.ya?ml$/

/** @throws TidegateError ERR_USAGE when it names a file that is not there */
export function givenRule(rule: string): GivenRule {
  const isFile = rule.length < 4096 && existsSync(rule) && statSync(rule).isFile()
  if (isFile) return { draft: readFileSync(rule, 'utf8') }
  if (!FILE_NAME.test(rule)) return { when: rule }
  throw new TidegateError('ERR_USAGE', `there is no file ${rule}`, {
    source: 'client',
    remedy: 'Give a file with `phase` and `rules` as in a policy file, or an expression.',
  })
}

export interface ReplayRange {
  readonly since: string
  readonly until?: string | undefined
  readonly action?: string | undefined
  readonly phase?: string | undefined
}

export function askReplay(client: ApiClient, rule: GivenRule, range: ReplayRange): Promise<ReplayJson> {
  return client.post<ReplayJson>('/api/v1/replay', { ...rule, ...range })
}
