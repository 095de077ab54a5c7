import { readAsnRanges } from './asn-ranges.ts'
import { readCountryRanges } from './country-ranges.ts'
import type { DataPackages } from './data-packages.ts'
import { packSections } from './table-format.ts'

/** Builds the tables from the data packages. Takes a second or two of CPU: run it away from traffic. */
export function buildGeoTables(data: DataPackages): Uint32Array {
  const names = new Map<number, string>()
  const country4 = readCountryRanges(data.countryIpv4File, 1)
  const country6 = readCountryRanges(data.countryIpv6File, 4)
  const asn4 = readAsnRanges(data.asnIpv4File, 1, names)
  const asn6 = readAsnRanges(data.asnIpv6File, 4, names)
  return packSections({
    country4Borders: country4.borders,
    country4Values: country4.values,
    country6Borders: country6.borders,
    country6Values: country6.values,
    asn4Borders: asn4.borders,
    asn4Values: asn4.values,
    asn6Borders: asn6.borders,
    asn6Values: asn6.values,
    ...packNames(names),
  })
}

function packNames(names: ReadonlyMap<number, string>): {
  nameAsns: Uint32Array
  nameOffsets: Uint32Array
  nameBytes: Uint32Array
} {
  const sorted = [...names].sort(([left], [right]) => left - right)
  const nameOffsets = new Uint32Array(sorted.length + 1)
  const texts: Buffer[] = []
  let sizeBytes = 0
  for (const [index, [, name]] of sorted.entries()) {
    const text = Buffer.from(name)
    texts.push(text)
    sizeBytes += text.length
    nameOffsets[index + 1] = sizeBytes
  }
  const nameBytes = new Uint32Array(Math.ceil(sizeBytes / 4))
  Buffer.concat(texts).copy(new Uint8Array(nameBytes.buffer))
  return { nameAsns: Uint32Array.from(sorted, ([asn]) => asn), nameOffsets, nameBytes }
}
