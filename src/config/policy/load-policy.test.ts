import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { packRanges } from '#wire'
import { TidegateError } from '#kernel'
import fc from 'fast-check'
import { demoConfig, demoPolicyFiles } from '../demo.ts'
import { InvalidFilesError } from '../source/problem.ts'
import { starterFiles } from '../starter.ts'
import { loadPolicy } from './load-policy.ts'

const base = mkdtempSync(join(tmpdir(), 'tidegate-policy-'))
after(() => rmSync(base, { recursive: true }))
let count = 0

function policyFolder(files: Readonly<Record<string, string>>): string {
  const directory = join(base, String(count++))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), text)
  }
  return directory
}

const config = demoConfig({ directory: base, originUrl: 'http://127.0.0.1:1' })

test('documents of several files are joined by phase, in the order of the file names', () => {
  const directory = policyFolder({
    'b.yml': 'phase: firewall_custom\nrules: [{ id: three, when: ssl, action: log }]',
    'a.yaml': `lists:
  office: [10.0.0.0/8, 192.0.2.7, 198.51.100.1-198.51.100.9]
---
phase: transform_response
rules: [{ id: last, when: http.response.code == 200, action: log, mode: log }]
---
phase: firewall_custom
rules:
  - { id: one, when: ip.src in $office, action: { skip: { rules: [three] } }, expires: 2099-01-31 }
  - id: two
    description: Second.
    when: ip.src.country in $where and ip.src.asnum in $nets and http.host in $names
    action: { block: { status: 451 } }
    enabled: false
    expires: 2099-01-31T18:00:00+02:00
--- # nothing here
`,
    'c.yaml':
      'lists: { where: { type: country, values: [pt, NO] }, nets: [AS64500, 64501], names: { type: string, file: lists/names.txt } }',
    'lists/names.txt': '# hosts\n\nshop.test  # the shop\nbücher.test\r\nx#y\n',
    '.hidden.yaml': 'no: policy',
    'readme.md': 'no policy',
  })
  const { policy, sources, warnings } = loadPolicy(directory, { config })
  assert.deepEqual(
    policy.rulesets.map(({ phase, rules }) => [phase, ...rules.map(({ id }) => id)]),
    [
      ['firewall_custom', 'one', 'two', 'three'],
      ['transform_response', 'last'],
    ],
  )
  const [one, two] = policy.rulesets[0].rules
  assert.equal(one.expiresMs, Date.UTC(2099, 1, 1), 'a date means its end')
  assert.equal(two.expiresMs, Date.UTC(2099, 0, 31, 16))
  assert.deepEqual([two.enabled, two.mode, two.description, two.action.type], [false, 'enforce', 'Second.', 'block'])
  assert.deepEqual(one.place, { file: join(directory, 'a.yaml'), line: 9, column: 5 })
  assert.deepEqual(policy.lists, [
    {
      name: 'office',
      type: 'IP',
      ranges: packRanges([
        { first: 0x0a00_0000, last: 0x0aff_ffff },
        { first: 0xc000_0207, last: 0xc000_0207 },
        { first: 0xc633_6401, last: 0xc633_6409 },
      ]),
    },
    { name: 'where', type: 'String', values: ['PT', 'NO'] },
    { name: 'nets', type: 'Int', values: [64500, 64501] },
    { name: 'names', type: 'String', values: ['shop.test', 'b\xc3\xbccher.test', 'x#y'] },
  ])
  assert.deepEqual([...sources.keys()].sort(), ['a.yaml', 'b.yml', 'c.yaml', 'lists/names.txt'])
  assert.deepEqual(warnings, [])
  assert.ok(Object.isFrozen(policy) && Object.isFrozen(policy.rulesets[0].rules[0]) && Object.isFrozen(policy.lists))
  assert.deepEqual(structuredClone(policy), policy, 'it can be posted to another thread')
})

test('no folder and an empty folder are an empty policy with a warning; a file is an error', () => {
  const missing = loadPolicy(join(base, 'missing'))
  assert.deepEqual([missing.policy.rulesets, missing.policy.lists], [[], []])
  assert.match(missing.warnings[0].message, /there is no policy folder/)
  assert.match(loadPolicy(policyFolder({ 'x.txt': '' })).warnings[0].message, /holds no \*\.yaml file/)
  const folder = policyFolder({ file: '' })
  assert.throws(() => loadPolicy(join(folder, 'file')), {
    code: 'ERR_POLICY_INVALID',
    message: /cannot read the policy folder/,
  })
})

const HEAD = 'phase: firewall_custom\nrules:\n'

/** Policy text, then where and what: the fault in the expression is always the field `http.hots`. */
const PLACES: readonly (readonly [style: string, text: string, place: string])[] = [
  ['plain', '  - id: a\n    when: ssl and http.hots == "x"\n    action: log', '4:19'],
  ['plain over two lines', '  - id: a\n    when: ssl and\n      http.hots == "x"\n    action: log', '5:7'],
  ['plain in a flow mapping', '  - { id: a, when: ssl and http.hots == "x", action: log }', '3:28'],
  ['single quotes', '  - id: a\n    when: \'ssl and http.hots == "x"\'\n    action: log', '4:20'],
  [
    'single quotes with a quote before',
    '  - id: a\n    when: \'http.host == "it\'\'s" and http.hots == "x"\'\n    action: log',
    '4:37',
  ],
  ['double quotes', '  - id: a\n    when: "ssl and http.hots == ssl"\n    action: log', '4:20'],
  [
    'double quotes with escapes before',
    '  - id: a\n    when: "http.host == \\"x\\" and http.hots == ssl"\n    action: log',
    '4:35',
  ],
  [
    'double quotes with an escape that hides the place',
    '  - id: a\n    when: "ssl and \\x68ttp.hots == ssl"\n    action: log',
    '4:11',
  ],
  ['literal block', '  - id: a\n    when: |\n      ssl and\n        http.hots == "x"\n    action: log', '6:9'],
  [
    'literal block with indicators',
    '  - id: a\n    when: |2- # why\n          ssl and\n          http.hots == "x"\n    action: log',
    '6:11',
  ],
  [
    'folded block',
    '  - id: a\n    when: >-\n      ssl\n      and http.hots == "x"\n\n      or ssl\n    action: log',
    '6:11',
  ],
  [
    'windows lines',
    '  - id: a\r\n    when: |\r\n      ssl and\r\n      http.hots == "x"\r\n    action: log\r\n',
    '6:7',
  ],
  ['at the end', '  - id: a\n    when: ssl and\n    action: log', '4:18'],
  [
    'in an action',
    '  - id: a\n    when: ssl\n    action: { redirect: { to: { expression: "concat(http.hots)" } } }',
    '5:53',
  ],
]

for (const [style, text, place] of PLACES) {
  test(`the place inside an expression: ${style}`, () => {
    const directory = policyFolder({ 'p.yaml': HEAD + text })
    assert.throws(
      () => loadPolicy(directory),
      (error) => {
        assert.ok(error instanceof InvalidFilesError)
        const [first, ...detail] = error.message.split('\n')
        assert.ok(first.startsWith(`${join(directory, 'p.yaml')}:${place}: rule a: `), error.message)
        if (style !== 'at the end') assert.match(error.message, /did you mean `?http\.host/)
        assert.ok(
          detail.some((line) => /^\s+\^+$/.test(line)),
          error.message,
        )
        return true
      },
    )
  })
}

const GOOD_RULE = '  - { id: a, when: ssl, action: log }\n'

const FAULTS: readonly (readonly [text: string, ...messages: readonly RegExp[]])[] = [
  ['phase: firewal_custom\nrules: []', /^1:8: phase: expected .*did you mean `firewall_custom`\?$/],
  ['rules: []', /^1:1: rules need a phase/],
  ['fase: x', /^1:1: unknown key `fase`; known here: phase, rules, lists$/],
  ['{', /^\d+:\d+: /],
  [
    `${HEAD}  - { id: a, wen: ssl, action: log }`,
    /^3:5: missing key `when` in rules\[0\]/,
    /^3:14: unknown key `wen` in rules\[0\]; did you mean `when`\?$/,
  ],
  [
    `${HEAD}  - { id: a b, when: '', action: log, mode: of, expires: 2099-02-30 }`,
    /^3:11: rules\[0\]\.id: /,
    /^3:22: .*expected an expression/,
    /^3:45: .*expected enforce or log/,
    /^3:58: .*expected a date/,
  ],
  [`${HEAD}  - { id: a, when: ssl, action: log, expires: 2099-01-01T00:00 }`, /^3:47: .*a time with its zone/],
  [`${HEAD}${GOOD_RULE}${GOOD_RULE}`, /^4:11: rule a: another rule has this id already, at .*:3$/],
  [`${HEAD}  - { id: a, when: ssl, action: blok }`, /^3:33: rule a: .*blok/],
  [`${HEAD}  - { id: a, when: ssl, action: { block: { status: 99 } } }`, /^3:52: rule a: /],
  [`${HEAD}  - { id: a, when: ssl, action: { set_header: { name: X-A, value: b } } }`, /^3:\d+: rule a: .*phase/],
  [`${HEAD}  - { id: a, when: http.response.code == 200, action: log }`, /^3:20: rule a: .*response/],
  [`${HEAD}  - { id: a, when: dns.qname == "x", action: log }`, /^3:20: rule a: /],
  [
    `${HEAD}  - { id: a, when: ip.src in $offce, action: log }\n---\nlists: { office: [10.0.0.1] }`,
    /^3:\d+: rule a: .*offce/,
  ],
  [
    `${HEAD}  - { id: a, when: ssl, action: { skip: { rules: [b, a] } } }`,
    /^3:51: rule a: there is no rule `b` to skip/,
    /^3:54: rule a: rule `a` runs before this one/,
  ],
  [
    'phase: route\nrules:\n  - { id: a, when: ssl, action: { route: { site: dem } } }',
    /^3:50: rule a: the configuration has no site `dem`; did you mean `demo`\?$/,
  ],
  ['lists: { "a b": [x] }', /^1:10: list "a b": expected a name/],
  ['lists: { a: [x] }\n---\nlists: { a: [x] }', /^3:10: there is another list named a$/],
  ['lists: { a: [10.0.0.1, 10.0.0.1/8] }', /^1:24: list a: expected an address.*got "10\.0\.0\.1\/8"$/],
  ['lists: { a: [10.0.0, 1.2.3] }', /^1:13: list a: its entries do not say what it is/],
  [
    'lists: { a: { tipe: ip, values: [] } }',
    /^1:13: .*do not say|^1:15: unknown key `tipe` in lists\.a; did you mean `type`\?$/,
  ],
  [
    'lists: { a: { type: ips, values: [] } }',
    /^1:21: lists\.a\.type: expected ip or string or asn or country, got "ips"; did you mean `ip`\?$/,
  ],
  ['lists: { a: { type: asn, values: [4294967296] } }', /^1:35: list a: expected the number/],
  ['lists: { a: { type: country, values: [PRT] } }', /^1:39: list a: expected a country code/],
  ['lists: { a: { type: ip, file: none.txt } }', /^1:31: list a: cannot read .*none\.txt: no such file$/],
  // The list is faulty: rules that use it raise no further faults.
  [
    `lists: { a: { values: [[]] } }\n---\n${HEAD}  - { id: a, when: ip.src in $a, action: log }`,
    /^1:24: lists\.a\.values\[0\]: expected text or a number, got an empty list$/,
  ],
]

for (const [text, ...expected] of FAULTS) {
  test(`a fault is named with its place: ${JSON.stringify(text.replace(HEAD, '').slice(0, 70))}`, () => {
    const directory = policyFolder({ 'p.yaml': text })
    const prefix = `${join(directory, 'p.yaml')}:`
    assert.throws(
      () => loadPolicy(directory, { config }),
      (error) => {
        assert.ok(error instanceof InvalidFilesError)
        const lines = error.problems.map(
          ({ place, message }) => `${place.file}:${place.line}:${place.column}: ${message}`,
        )
        for (const [index, pattern] of expected.entries())
          assert.match((lines[index] ?? '').replace(prefix, ''), pattern)
        assert.equal(lines.length, expected.length, error.message)
        return true
      },
    )
  })
}

test('problems of all files are listed at once', () => {
  const directory = policyFolder({
    'a.yaml': `${HEAD}  - { id: a, when: htp, action: log }\n  - { id: b, when: ssl, action: nothing }`,
    'b.yaml': 'lists: { bad: { type: ip, file: bad.csv } }',
    'bad.csv': 'ip,why\n10.0.0.1,ok\n"10.0.0.300",no\n# comment\n\nlocalhost,no\n',
  })
  assert.throws(
    () => loadPolicy(directory),
    (error) => {
      assert.ok(error instanceof InvalidFilesError)
      const places = error.problems.map(({ place }) => `${place.file.slice(directory.length + 1)}:${place.line}`)
      assert.deepEqual(places.sort(), ['a.yaml:3', 'a.yaml:4', 'bad.csv:3', 'bad.csv:6'])
      return true
    },
  )
})

test('an expired rule is a warning', () => {
  const directory = policyFolder({ 'p.yaml': `${HEAD}  - { id: a, when: ssl, action: log, expires: 2020-01-01 }` })
  const { warnings } = loadPolicy(directory, { nowMs: Date.UTC(2020, 0, 2) })
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['rule a: it expired on 2020-01-02T00:00:00.000Z and does nothing'],
  )
  assert.deepEqual(loadPolicy(directory, { nowMs: Date.UTC(2020, 0, 2) - 1 }).warnings, [])
})

test('the starter policy and the demo policy are valid', () => {
  const [, starter] = starterFiles()
  assert.ok(loadPolicy(policyFolder({ 'edge.yaml': starter.text })).policy.rulesets.length > 0)
  const demo = Object.fromEntries(demoPolicyFiles().map(({ path, text }) => [path, text]))
  assert.equal(loadPolicy(policyFolder(demo), { config }).policy.rulesets[0].rules[0].id, 'no-admin')
})

test('nothing but a TidegateError comes out of broken policies', () => {
  const [, starter] = starterFiles()
  const directory = policyFolder({ 'p.yaml': '' })
  const inserted = fc.oneof(
    fc.string(),
    fc.constantFrom('__proto__', '{', '"', "'", '|', '*a', '$', '(', ' and ', '\n', '&a ', 'x: ', '\\'),
  )
  fc.assert(
    fc.property(fc.nat(starter.text.length), fc.nat(20), inserted, (at, cut, insert) => {
      writeFileSync(join(directory, 'p.yaml'), starter.text.slice(0, at) + insert + starter.text.slice(at + cut))
      try {
        loadPolicy(directory)
      } catch (error) {
        assert.ok(error instanceof TidegateError, String(error))
      }
    }),
    { numRuns: 500 },
  )
})
