import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { messageOf, TidegateError } from '#kernel'

/** Names of the set-up file beside the rules; the first that is there is read. */
const SETUP_NAMES = ['crs-setup.conf', 'crs-setup.conf.example']

/**
 * The files that a rule set consists of, in the order in which they are read: set-up, what plugins of the Core Rule Set
 * configure and do first, the rules, what plugins do last.
 * @param directory a folder with `rules/` inside or one that holds `*.conf` itself; or one file; or nothing
 * @param setupFile read first, instead of the set-up file in the folder
 * @throws TidegateError ERR_RULE_INVALID when there are no rules
 */
export function ruleFiles(directory: string | undefined, setupFile: string | undefined): readonly string[] {
  const setup = setupFile === undefined ? [] : [path.resolve(setupFile)]
  if (directory === undefined) return setup
  const root = path.resolve(directory)
  if (isFile(root)) return [...setup, root]
  const names = namesIn(root)
  // Packages of Debian say in a file of their own which files belong together: set-up and exclusions stand elsewhere.
  const loaders = names.filter((name) => name.endsWith('.load'))
  if (setupFile === undefined && loaders.length === 1) return [path.join(root, loaders[0])]
  if (setupFile === undefined) {
    const own = SETUP_NAMES.find((name) => names.includes(name))
    if (own !== undefined) setup.push(path.join(root, own))
  }
  const beside = rulesIn(root, '.', names).filter((file) => !SETUP_NAMES.includes(path.basename(file)))
  const rules = [...rulesIn(root, 'rules', names), ...beside].filter((file) => !setup.includes(file))
  const plugins = rulesIn(root, 'plugins', names)
  const ofPlugins = (ending: string): readonly string[] => plugins.filter((file) => file.endsWith(ending))
  if (rules.length > 0) {
    return [...setup, ...ofPlugins('-config.conf'), ...ofPlugins('-before.conf'), ...rules, ...ofPlugins('-after.conf')]
  }
  throw new TidegateError('ERR_RULE_INVALID', `${root} holds no rules`, {
    source: 'configuration',
    remedy: 'Name a folder that holds *.conf files, or one with such a folder called rules.',
  })
}

/** The rules in a folder within `root`, in alphabetical order. Files such as `*.conf.example` are templates, not rules. */
function rulesIn(root: string, folder: string, namesInRoot: readonly string[]): readonly string[] {
  if (folder !== '.' && !namesInRoot.includes(folder)) return []
  return namesIn(path.join(root, folder))
    .filter((name) => name.endsWith('.conf') && !name.startsWith('.'))
    .sort()
    .map((name) => path.join(root, folder, name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw new TidegateError('ERR_RULE_INVALID', `cannot read the rules in ${folder}: ${messageOf(error)}`, {
      source: 'configuration',
      remedy: 'Name an existing folder of SecLang rules.',
      cause: error,
    })
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false
}
