import { existsSync } from 'node:fs'
import path from 'node:path'

/** Where the OWASP Core Rule Set and its tests may stand: beside the checkout, or one folder further up. */
const PLACES = ['../shared/crs', '../../shared/crs']

/** What a test says when it is skipped because the rule set is not on this machine. */
export const NO_CRS = 'no ../shared/crs'

/** The same for Debian's package `modsecurity-crs`. */
export const NO_DEBIAN_CRS = 'no /usr/share/modsecurity-crs'

const ROOT = path.resolve(import.meta.dirname, '../../../..')
const DEBIAN = '/usr/share/modsecurity-crs'

/** Folder of CRS 4 (with `rules/` inside), or undefined when this machine has none. */
export function crsDirectory(): string | undefined {
  return existing('v4')
}

/** Folder of the tests of CRS 4: files of JSON lines. */
export function crsTests(): string | undefined {
  return existing('tests')
}

/** Folder of Debian's CRS 3.3. */
export function debianCrsDirectory(): string | undefined {
  return existsSync(path.join(DEBIAN, 'rules')) ? DEBIAN : undefined
}

function existing(folder: string): string | undefined {
  return PLACES.map((place) => path.join(ROOT, place, folder)).find((candidate) => existsSync(candidate))
}
