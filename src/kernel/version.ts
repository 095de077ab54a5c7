import { readFileSync } from 'node:fs'

const MANIFEST = new URL('../../package.json', import.meta.url)

/** Version of Tidegate, from package.json. */
export const VERSION: string = (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { readonly version: string }).version
