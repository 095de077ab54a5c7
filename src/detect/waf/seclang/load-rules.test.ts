import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { TidegateError } from '#kernel'
import { InvalidRulesError, loadSecRules, type SecRuleSet } from './index.ts'

/** A folder with these files, removed when the test ends. */
function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'seclang-'))
  context.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), text)
  }
  return folder
}

const idsOf = ({ items }: SecRuleSet): readonly (number | string)[] =>
  items.map((item) => (item.type === 'rule' ? item.id : item.name))

const action = (id: number): string => `SecAction "id:${id},pass"\n`

test('a folder with rules/ and a set-up beside it', (context) => {
  const folder = folderOf(context, {
    'crs-setup.conf.example': action(1),
    'rules/B.conf': action(3),
    'rules/A.conf': action(2),
    'rules/C.conf.example': action(9),
    'rules/words.data': 'x',
  })
  assert.deepEqual(idsOf(loadSecRules({ directory: folder })), [1, 2, 3])
  writeFileSync(path.join(folder, 'crs-setup.conf'), action(4))
  const { files } = loadSecRules({ directory: folder })
  assert.deepEqual(
    files.map((file) => path.relative(folder, file)),
    ['crs-setup.conf', 'rules/A.conf', 'rules/B.conf'],
  )
})

test('plugins stand where the instructions of the Core Rule Set put them', (context) => {
  const folder = folderOf(context, {
    'crs-setup.conf': action(1),
    'plugins/x-before.conf': action(3),
    'plugins/x-config.conf': action(2),
    'plugins/x-after.conf': action(5),
    'plugins/README.md': 'x',
    'rules/a.conf': action(4),
    'rules/.a.conf': 'left by an editor',
  })
  assert.deepEqual(idsOf(loadSecRules({ directory: folder })), [1, 2, 3, 4, 5])
  const setupFile = path.join(folder, 'rules/a.conf')
  rmSync(path.join(folder, 'plugins'), { recursive: true })
  writeFileSync(path.join(folder, 'other.conf'), action(6))
  const own = loadSecRules({ directory: folder, setupFile: path.join(folder, 'other.conf') })
  assert.deepEqual(idsOf(own), [6, 4], 'a set-up of ones own stands for the one in the folder')
  assert.deepEqual(idsOf(loadSecRules({ directory: folder, setupFile })), [4, 6])
})

test('a folder that holds the rules itself, one file, and a set-up of ones own', (context) => {
  const folder = folderOf(context, {
    'rules/b.conf': action(3),
    'rules/a.conf': action(2),
    'rules/crs-setup.conf': action(1),
    'own.conf': action(7),
  })
  const directory = path.join(folder, 'rules')
  const setupFile = path.join(folder, 'own.conf')
  assert.deepEqual(idsOf(loadSecRules({ directory })), [1, 2, 3])
  assert.deepEqual(idsOf(loadSecRules({ directory: path.join(directory, 'b.conf'), setupFile })), [7, 3])
  assert.deepEqual(idsOf(loadSecRules({ setupFile, before: [{ file: 'x', text: action(8) }] })), [8, 7])
})

test('a package that says itself what belongs together', (context) => {
  const folder = folderOf(context, {
    'crs.load': `Include "etc/setup.conf"\nIncludeOptional etc/nowhere.conf\nIncludeOptional no*.conf\nInclude rules/*.conf\n`,
    'etc/setup.conf': action(5),
    'rules/a.conf': action(1),
  })
  assert.deepEqual(idsOf(loadSecRules({ directory: folder })), [5, 1])
})

test('includes are relative to the file that names them, patterns in alphabetical order', (context) => {
  const folder = folderOf(context, {
    'main.conf': 'Include sub/*.conf\nInclude "sub/l\u00e4nder/[a-b].txt"\n',
    'sub/2.conf': action(2),
    'sub/1.conf': `Include deeper/x.conf\n${action(1)}`,
    'sub/deeper/x.conf': `SecRule ARGS "@pmFromFile words.data more.data" "id:4"\n`,
    'sub/deeper/words.data': '# a comment\none\r\n\n two \n',
    'sub/deeper/more.data': 'three',
    'sub/l\u00e4nder/a.txt': 'SecRule REMOTE_ADDR "@ipMatchFromFile nets" "id:6"',
    'sub/l\u00e4nder/nets': '# private\n10.0.0.0/8, 192.168.0.0/16\n2001:db8::/32\n',
  })
  const set = loadSecRules({ directory: path.join(folder, 'main.conf') })
  assert.deepEqual(idsOf(set), [4, 1, 2, 6])
  const phrases = set.items.map((item) => (item.type === 'rule' ? item.links[0].operator.phrases : undefined))
  assert.deepEqual(phrases, [
    ['one', ' two ', 'three'],
    undefined,
    undefined,
    ['10.0.0.0/8', '192.168.0.0/16', '2001:db8::/32'],
  ])
  assert.equal(set.files.length, 8)
})

const BROKEN: readonly (readonly [files: Readonly<Record<string, string>>, expected: RegExp])[] = [
  [{ 'a.conf': 'Include a.conf' }, /a\.conf:1:9: .*a\.conf includes itself$/],
  [{ 'a.conf': 'Include none.conf' }, /a\.conf:1:9: cannot read .*none\.conf: no such file$/],
  [{ 'a.conf': 'Include none/*.conf' }, /a\.conf:1:9: no file matches none\/\*\.conf$/],
  [{ 'a.conf': 'Include sub', 'sub/b': '' }, /a\.conf:1:9: cannot read .*sub: it is a folder; name its files/],
  [{ 'a.conf': 'SecRule ARGS "@pmf no.data" "id:1"' }, /a\.conf:1:20: cannot read .*no\.data: no such file$/],
  [
    { 'a.conf': 'SecRule ARGS "@ipMatchF nets" "id:1"', nets: '10.0.0.0/8\nlocalhost\n' },
    /a\.conf:1:25: expected an IP address or network, found localhost$/,
  ],
  [{ 'a.conf': 'SecFoo', 'b.conf': 'SecBar' }, /a\.conf:1:1: unknown .*SecFoo.*\n.*b\.conf:1:1: unknown .*SecBar/],
]

test('broken files are refused with file, line and column', (context) => {
  for (const [files, expected] of BROKEN) {
    const directory = folderOf(context, files)
    assert.throws(
      () => loadSecRules({ directory }),
      (error) =>
        error instanceof InvalidRulesError && error.code === 'ERR_RULE_INVALID' && expected.test(error.message),
      String(expected),
    )
  }
})

test('includes that lead through a link into a circle end', (context) => {
  const folder = folderOf(context, { 'a.conf': 'Include down/a.conf' })
  symlinkSync(folder, path.join(folder, 'down'))
  assert.throws(() => loadSecRules({ directory: path.join(folder, 'a.conf') }), /includes are nested too deep/)
})

test('a folder without rules, or none at all, is refused with what to do', (context) => {
  const folder = folderOf(context, { 'a.txt': '' })
  for (const directory of [folder, path.join(folder, 'none')]) {
    assert.throws(
      () => loadSecRules({ directory }),
      (error) => error instanceof TidegateError && error.code === 'ERR_RULE_INVALID' && error.remedy !== undefined,
    )
  }
})
