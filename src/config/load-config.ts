import { TidegateError } from '#kernel'
import { buildConfig } from './build-config.ts'
import type { Config } from './config.ts'
import { crossChecks } from './cross-checks.ts'
import { keyText, schemaProblems } from './schema-problems.ts'
import { configReference } from './reference.ts'
import { NO_EDGE_SCHEMA, ROOT_SCHEMA } from './schema/root.ts'
import { InvalidFilesError, type Problem } from './source/problem.ts'
import { readText } from './source/read-text.ts'
import { parseYaml } from './source/yaml-document.ts'

/**
 * Reads and validates a configuration file.
 * @param file path of `tidegate.yaml`; relative paths in it resolve against its folder
 * @throws TidegateError ERR_CONFIG_UNREADABLE, or InvalidFilesError ERR_CONFIG_INVALID listing every problem
 */
export function loadConfig(file: string): Config {
  const content = readText(file)
  if ('fault' in content) {
    throw new TidegateError('ERR_CONFIG_UNREADABLE', `cannot read the configuration ${file}: ${content.fault}`, {
      source: 'configuration',
      remedy: 'Name an existing file with --config, or write a first one with: tidegate init',
      cause: content.cause,
    })
  }
  return parseConfig(content.text, file)
}

/** As `loadConfig`, of a text that stands, or shall stand, in `file`. Certificate files that it names are read. */
export function parseConfig(text: string, file: string): Config {
  const { documents, problems } = parseYaml(text, file)
  if (problems.length > 0) throw new InvalidFilesError('ERR_CONFIG_INVALID', problems)
  const [document, second] = documents
  const start = { file, line: 1, column: 1 }
  if (document === undefined)
    throw invalid({ place: start, message: 'the file is empty; expected a mapping with the key `edge`' })
  if (second !== undefined)
    throw invalid({ place: second.placeOf([]), message: 'expected one YAML document, got several (`---`)' })
  const schema = needsNoEdge(document.value) ? NO_EDGE_SCHEMA : ROOT_SCHEMA
  const result = schema.safeParse(document.value)
  if (!result.success)
    throw invalid(...schemaProblems(result.error.issues, { document, base: [], rows: configReference() }))
  const config = buildConfig(result.data, file)
  const faults = crossChecks(config)
  if (faults.length > 0) {
    throw invalid(
      ...faults.map(({ path, message }) => ({
        place: document.placeOf(path),
        message: `${keyText(path)}: ${message}`,
      })),
    )
  }
  return config
}

function needsNoEdge(value: unknown): boolean {
  return typeof value === 'object' && value !== null && ('firewall' in value || 'flows' in value) && !('edge' in value)
}

function invalid(...problems: readonly Problem[]): InvalidFilesError {
  return new InvalidFilesError('ERR_CONFIG_INVALID', problems)
}
