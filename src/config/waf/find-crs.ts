import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'

/** Where SecLang rules were found. */
export interface CrsLocation {
  readonly directory: string
  readonly setupFile: string | undefined
  /** In words, for people. */
  readonly source: string
}

/** Links below the data directory to the releases that `tidegate waf update` installed: the one in force, and a staged one. */
const INSTALLED_CRS = join('waf', 'crs', 'current')
const STAGED_CRS = join('waf', 'crs', 'staged')
/** The package modsecurity-crs of Debian: its own file says which set-up belongs to it. */
const SYSTEM_CRS = '/usr/share/modsecurity-crs'

/** The rules that `crs` stands for: those of the configuration, else installed ones, else those of the system. */
export function findCrs({ edge, dataDirectory }: Pick<Config, 'edge' | 'dataDirectory'>): CrsLocation | undefined {
  const { ruleSets, setupFile } = edge.waf
  if (ruleSets.crs !== undefined) return { directory: ruleSets.crs, setupFile, source: 'edge.waf.ruleSets.crs' }
  const installed = join(dataDirectory, INSTALLED_CRS)
  if (isFolder(installed)) return { directory: installed, setupFile, source: 'installed by `tidegate waf update`' }
  if (isFolder(SYSTEM_CRS)) return { directory: SYSTEM_CRS, setupFile, source: 'the package modsecurity-crs' }
  return undefined
}

/** The release that is staged: it is evaluated and recorded, and blocks nothing. A folder of the user's own has none. */
export function findStagedCrs({
  edge,
  dataDirectory,
}: Pick<Config, 'edge' | 'dataDirectory'>): CrsLocation | undefined {
  const { ruleSets, setupFile } = edge.waf
  const directory = join(dataDirectory, STAGED_CRS)
  if (ruleSets.crs !== undefined || !isFolder(directory)) return undefined
  return { directory, setupFile, source: 'staged by `tidegate waf update`' }
}

/** What to do when there is no rule set. */
export const CRS_REMEDY =
  'set `edge.waf.ruleSets.crs` to a folder of SecLang rules, install a release with `tidegate waf update`, or install the package modsecurity-crs'

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
