import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unpackRanges } from '#wire'
import { LIST_TYPE_DEFINITIONS, type ListType } from './list-entries.ts'
import { readListFile } from './list-file.ts'
import { parsePolicy } from './parse-policy.ts'
import { archivedSources } from './policy-sources.ts'

const MILLION = 1_000_000

function read(text: string, file: string, type: ListType): { entries: readonly unknown[]; faults: readonly string[] } {
  const collector = LIST_TYPE_DEFINITIONS[type].collector()
  const problems = readListFile(text, file, LIST_TYPE_DEFINITIONS[type], collector)
  const list = collector.finish('x')
  return {
    entries: list.type === 'IP' ? unpackRanges(list.ranges) : list.values,
    faults: problems.map(({ place, message }) => `${place.line}: ${message}`),
  }
}

const GOOD: readonly (readonly [file: string, type: ListType, text: string, entries: readonly unknown[]])[] = [
  ['a.txt', 'string', 'a\n\n # c\n b c \nd # e\nf#g\r\nlast', ['a', 'b c', 'd', 'f#g', 'last']],
  ['a.txt', 'asn', '64500\nAS64501\nas 64502 # x\n', [64500, 64501, 64502]],
  ['a.txt', 'country', 'pt\nES', ['PT', 'ES']],
  ['a.CSV', 'country', 'country,name\npt,Portugal\n"ES","Spain, with comma"\n', ['PT', 'ES']],
  ['a.csv', 'string', 'domain\n"a ""b""",1\n', ['domain', 'a "b"']],
  ['a.csv', 'ip', 'network,asn\n10.0.0.0/8,1\n', [{ first: 0x0a00_0000, last: 0x0aff_ffff }]],
  [
    'a.txt',
    'ip',
    '2001:db8::/127\n::ffff:10.0.0.1\n10.0.0.1 - 10.0.0.2',
    [
      { first: 0x0a00_0001, last: 0x0a00_0002 },
      { first: 0x2001_0db8n << 96n, last: (0x2001_0db8n << 96n) | 1n },
    ],
  ],
  ['a.txt', 'ip', '', []],
]

for (const [file, type, text, entries] of GOOD) {
  test(`list file ${file} of ${type}: ${JSON.stringify(text.slice(0, 40))}`, () =>
    assert.deepEqual(read(text, file, type), { entries, faults: [] }))
}

test('what is not an entry is named, never skipped', () => {
  assert.deepEqual(
    read('10.0.0.1\nnetwork\n10.0.0.1/8\n10.0.0.9-10.0.0.1\n::1-10.0.0.1', 'a.txt', 'ip').faults.map((fault) =>
      fault.replace(/:.*got/, ''),
    ),
    ['2 "network"', '3 "10.0.0.1/8"', '4 "10.0.0.9-10.0.0.1"', '5 "::1-10.0.0.1"'],
  )
  const many = read('x\n'.repeat(1000), 'a.txt', 'ip').faults
  assert.equal(many.length, 21)
  assert.match(many[20], /^1000: and 980 more lines/)
})

const address = (index: number): string => `${10 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24`

test('a million entries of each type', () => {
  const lines: readonly (readonly [ListType, (index: number) => string])[] = [
    ['ip', address],
    ['string', (index) => `host-${index}.example.test`],
    ['asn', (index) => `AS${index}`],
  ]
  for (const [type, line] of lines) {
    const text = Array.from({ length: MILLION }, (_, index) => line(index)).join('\n')
    const files = new Map([
      ['p.yaml', `lists: { large: { type: ${type}, file: large.txt } }`],
      ['large.txt', text],
    ])
    const { policy } = parsePolicy(archivedSources(files), { siteNames: undefined, nowMs: 0 })
    const [list] = policy.lists
    assert.equal(list.type === 'IP' ? list.ranges.count : list.values.length, MILLION)
  }
})
