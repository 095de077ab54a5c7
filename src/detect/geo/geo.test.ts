import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { formatIp, fromUint128, type IpAddress, parseIp } from '#wire'
import fc from 'fast-check'
import { Reader } from 'mmdb-lib'
import { findDataPackages } from './data-packages.ts'
import { loadGeoTables } from './load-tables.ts'
import { GeoLookup } from './lookup.ts'

const data = findDataPackages()

interface AsnRow {
  readonly first: bigint
  readonly last: bigint
  readonly asn: number
  readonly name: string
}

/** The CSV as it is, read in the plainest way: the slow path that the tables are compared with. */
function readRows(file: string): readonly AsnRow[] {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [first, last, asn, ...rest] = line.split(',')
    const name = rest.join(',')
    return {
      first: BigInt(first),
      last: BigInt(last),
      asn: Number(asn),
      name: name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
    }
  })
}

/** The last row that holds the address, by going through the rows near it. */
function slowAsn(rows: readonly AsnRow[], address: bigint): number | undefined {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle].first <= address) low = middle + 1
    else high = middle
  }
  for (let index = low - 1; index >= Math.max(0, low - 50); index--)
    if (rows[index].last >= address) return rows[index].asn
  return undefined
}

const rows4 = readRows(data.asnIpv4File)
const rows6 = readRows(data.asnIpv6File)
const country4 = new Reader(readFileSync(data.countryIpv4File))
const country6 = new Reader(readFileSync(data.countryIpv6File))

function slowCountry(address: IpAddress): string | undefined {
  const record = (typeof address === 'number' ? country4 : country6).get(formatIp(address)) as unknown
  return (record as { country_code?: string } | null)?.country_code
}

let directory = ''
let tables = new SharedArrayBuffer(0)

before(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tidegate-geo-'))
  tables = await loadGeoTables(directory)
})
after(() => rmSync(directory, { recursive: true }))

test('agrees with the raw data at every border of a sample of rows, and just outside', () => {
  const geo = new GeoLookup(tables)
  for (const [rows, last] of [
    [rows4, 0xffff_ffffn],
    [rows6, (1n << 128n) - 1n],
  ] as const) {
    for (let index = 0; index < rows.length; index += 37) {
      const { first, last: end } = rows[index]
      for (const value of [first - 1n, first, first + 1n, end - 1n, end, end + 1n]) {
        if (value < 0n || value > last) continue
        const address = rows === rows4 ? Number(value) : value
        assert.equal(geo.asn(address), slowAsn(rows, value), `AS of ${formatIp(address)}`)
        assert.equal(geo.country(address), slowCountry(address), `country of ${formatIp(address)}`)
      }
    }
  }
})

test('agrees with the raw data at random addresses', () => {
  const geo = new GeoLookup(tables)
  const anywhere6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })
  const announced6 = fc.bigInt({ min: 0x2000n << 112n, max: 0x2fffn << 112n })
  fc.assert(
    fc.property(fc.nat(0xffff_ffff), fc.oneof(anywhere6, announced6), (address4, value6) => {
      const address6 = fromUint128(value6)
      assert.equal(geo.asn(address4), slowAsn(rows4, BigInt(address4)))
      assert.equal(geo.country(address4), slowCountry(address4))
      assert.equal(
        geo.asn(address6),
        typeof address6 === 'number' ? slowAsn(rows4, BigInt(address6)) : slowAsn(rows6, address6),
      )
      assert.equal(geo.country(address6), slowCountry(address6))
    }),
    { numRuns: 3000 },
  )
})

test('knows the name of every system in the raw data, and no other', () => {
  const geo = new GeoLookup(tables)
  const names = new Map<number, string>()
  for (const { asn, name } of [...rows4, ...rows6]) if (asn !== 0 && !names.has(asn)) names.set(asn, name)
  for (const [asn, name] of names) assert.equal(geo.asName(asn), name)
  assert.equal(geo.asName(0), undefined)
  assert.equal(geo.asName(2 ** 32 - 1), undefined)
})

const KNOWN: readonly (readonly [address: string, country: string | undefined, asn: number | undefined])[] = [
  ['8.8.8.8', 'US', 15169],
  ['::ffff:8.8.8.8', 'US', 15169],
  ['2001:4860:4860::8888', 'US', 15169],
  ['10.0.0.1', undefined, undefined],
  ['127.0.0.1', undefined, undefined],
  ['0.0.0.0', undefined, undefined],
  ['255.255.255.255', undefined, undefined],
  ['::', undefined, undefined],
  ['::1', undefined, undefined],
  ['fe80::1', undefined, undefined],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', undefined, undefined],
]

test('well-known addresses, mapped ones, and those that belong to nobody', () => {
  const geo = new GeoLookup(tables)
  for (const [text, country, asn] of KNOWN) {
    const address = parseIp(text)
    assert.ok(address !== undefined)
    assert.deepEqual([text, geo.country(address), geo.asn(address)], [text, country, asn])
  }
})

test('the built file is used again, rebuilt when a byte of it is wrong, and old editions are removed', async () => {
  const [name] = readdirSync(directory)
  const file = join(directory, name)
  const good = readFileSync(file)
  assert.deepEqual(Buffer.from(await loadGeoTables(directory)), good)
  writeFileSync(join(directory, 'tables-1-older.bin'), 'x')
  const bad = Buffer.from(good)
  bad[bad.length >> 1] ^= 1
  for (const damaged of [bad, good.subarray(0, 1000), Buffer.alloc(0)]) {
    writeFileSync(file, damaged)
    assert.deepEqual(Buffer.from(await loadGeoTables(directory)), good)
    assert.deepEqual(readFileSync(file), good)
  }
  assert.deepEqual(readdirSync(directory), [name])
})

test('a folder that cannot be made is an error that names it', async () => {
  const file = join(directory, readdirSync(directory)[0])
  await assert.rejects(loadGeoTables(join(file, 'below')), { code: 'ERR_DATA_DIRECTORY', message: /below/ })
})
