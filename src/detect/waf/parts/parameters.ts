import { isPlainName } from '../body/plain-name.ts'

/** Where a value stood in the request. `name` is the name of an argument, cookie or key that is no plain word itself. */
export type ParameterSource =
  | 'query'
  | 'form'
  | 'json'
  | 'xml'
  | 'multipart'
  | 'graphql'
  | 'cookie'
  | 'header'
  | 'path'
  | 'file_name'
  | 'part_header'
  | 'name'
  | 'nested'
  | 'body'

/** Values that a client controls, in three lists in step: one object for all spares hundreds of small ones. */
export interface ParameterList {
  readonly sources: readonly ParameterSource[]
  readonly names: readonly string[]
  readonly values: readonly string[]
}

/** Fills a list of parameters. */
export class ParameterCollector implements ParameterList {
  readonly sources: ParameterSource[] = []
  readonly names: string[] = []
  readonly values: string[] = []

  add(source: ParameterSource, name: string, value: string): void {
    this.sources.push(source)
    this.names.push(name)
    this.values.push(value)
  }

  /** Forgets what was added behind the first `count`. */
  truncate(count: number): void {
    this.sources.length = count
    this.names.length = count
    this.values.length = count
  }

  /** Adds pairs and, unless they are known to be plain, those of their names that rules should look at. */
  addPairs(source: ParameterSource, pairs: readonly string[], hasPlainNames = false): void {
    for (let at = 0; at < pairs.length; at += 2) {
      const name = pairs[at]
      if (!hasPlainNames && !isPlainName(name)) this.add('name', name, name)
      this.add(source, name, pairs[at + 1])
    }
  }
}
