import { sep } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { type Config, type FileWatch, loadConfig, watchFiles } from '#config'
import type { SystemLog } from '#events'
import { type Logger, messageOf, TidegateError } from '#kernel'
import { withWafOf } from './fresh-config.ts'

/**
 * Watches what the server was started from. `onPolicy` runs after a change of policy or certificate files.
 * @param listFiles what the policy reads outside its folder at the moment
 */
export function watchSources(
  config: Config,
  listFiles: () => readonly string[],
  onPolicy: () => void,
  onConfig: () => void,
): FileWatch {
  const { file, policyDirectory } = config
  const certificates = config.edge.certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile])
  const policy = watchFiles(
    () => [policyDirectory, ...certificates, ...outside(policyDirectory, listFiles())],
    onPolicy,
  )
  const own = file === undefined ? undefined : watchFiles(() => [file], onConfig)
  return {
    close: () => {
      policy.close()
      own?.close()
    },
  }
}

function outside(folder: string, files: readonly string[]): readonly string[] {
  return files.filter((file) => !file.startsWith(folder + sep))
}

/** Says what a changed configuration file asks for that only a restart brings: the WAF does not. Never changes what runs. */
export function reportConfigChange(running: Config, log: Logger, systemLog: SystemLog): void {
  if (running.file === undefined) return
  try {
    const fresh = loadConfig(running.file)
    const changed = changedSettings(withWafOf(running, fresh), fresh)
    if (changed.length === 0) return
    const message = `${running.file} changed: ${changed.join(', ')} will be used after a restart`
    log.warn(message)
    systemLog.report('warn', 'restart-needed', message, { settings: changed.join(', ') })
  } catch (error) {
    const text = error instanceof TidegateError ? error.describe() : messageOf(error)
    log.error(`${running.file} changed and is faulty; what was loaded at the start is in use:\n${text}`)
    systemLog.report('error', 'config-refused', text)
  }
}

/** Names of the settings that differ, down to the second level: `edge.sites`, `console.listen`. */
function changedSettings(before: Config, after: Config): readonly string[] {
  return differing('', before, after).flatMap((name) =>
    SECTIONS.has(name) ? differing(`${name}.`, Reflect.get(before, name), Reflect.get(after, name)) : [name],
  )
}

const SECTIONS: ReadonlySet<string> = new Set(['console', 'events', 'edge'])

function differing(prefix: string, before: object, after: object): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => !isDeepStrictEqual(Reflect.get(before, name), Reflect.get(after, name)))
    .map((name) => prefix + name)
}
