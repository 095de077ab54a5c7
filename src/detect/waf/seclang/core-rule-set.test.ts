import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import test from 'node:test'
import { crsDirectory, debianCrsDirectory, NO_CRS, NO_DEBIAN_CRS } from '../testing/crs.ts'
import { loadSecRules, type SecRule, type SecRuleSet } from './index.ts'

const rulesOf = ({ items }: SecRuleSet): readonly SecRule[] => items.filter((item) => item.type === 'rule')

/** How often each text occurs, the most frequent first. */
function countsOf(texts: Iterable<string | number>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const text of texts) counts[text] = (counts[text] ?? 0) + 1
  return counts
}

const V4 = crsDirectory()

test('CRS 4 is read as a whole', { skip: V4 === undefined && NO_CRS }, () => {
  const set = loadSecRules({ directory: V4 ?? '' })
  const rules = rulesOf(set)
  const links = rules.flatMap((rule) => rule.links)
  assert.deepEqual(set.warnings, [])
  assert.match(set.signatures.join(), /^OWASP_CRS\/4\./)
  assert.equal(rules.length, 630)
  assert.equal(links.length - rules.length, 73)
  assert.equal(set.items.length - rules.length, 30)
  assert.deepEqual(Object.keys(set.defaults), ['1', '2', '3', '4', '5'])
  assert.deepEqual(countsOf(rules.map(({ phase }) => phase)), { 1: 173, 2: 292, 3: 43, 4: 109, 5: 13 })
  const operators = countsOf(links.map(({ operator }) => operator.name))
  const { rx, pm, pmFromFile, within, streq, detectSQLi, detectXSS, ipMatch, unconditionalMatch } = operators
  assert.deepEqual(
    { rx, pm, pmFromFile, within, streq, detectSQLi, detectXSS, ipMatch, unconditionalMatch },
    {
      rx: 318,
      pm: 12,
      pmFromFile: 21,
      within: 9,
      streq: 9,
      detectSQLi: 2,
      detectXSS: 2,
      ipMatch: 2,
      unconditionalMatch: 9,
    },
  )
  const transformations = countsOf(links.flatMap((link) => link.transformations))
  assert.equal(transformations.urlDecodeUni, 140)
  assert.equal(transformations.normalizePathWin, 4)
  assert.equal(links.filter(({ multiMatch }) => multiMatch).length, 8)
  assert.equal(links.filter(({ capture }) => capture).length, 279)
  assert.equal(rules.filter(({ metadata }) => metadata.skipAfter !== undefined).length, 206)
  const excluded = links.flatMap(({ variables }) => variables.filter(({ exclude }) => exclude))
  assert.ok(
    excluded.some(({ selector }) => selector.kind === 'regex' && selector.source === String.raw`^_ga(?:_\w+)?$`),
  )
})

const DEBIAN = debianCrsDirectory()

test(
  'CRS 3.3 of Debian is read as a whole, with its set-up from /etc',
  { skip: DEBIAN === undefined && NO_DEBIAN_CRS },
  () => {
    const set = loadSecRules({ directory: DEBIAN ?? '' })
    const rules = rulesOf(set)
    assert.match(set.signatures.join(), /^OWASP_CRS\/3\.3/)
    assert.ok(rules.length > 600)
    assert.ok(rules.some(({ id }) => id === 900990))
    const names = new Set(rules.flatMap(({ links }) => links.flatMap(({ actions }) => actions.map(({ name }) => name))))
    assert.deepEqual([...names].sort(), ['ctl', 'expirevar', 'initcol', 'setvar'])
    assert.deepEqual(
      set.warnings.map(({ message }) => message.split(' ')[0]),
      ['@geoLookup', 'GEO', '@rbl'],
    )
  },
)

const RECOMMENDED = ['/etc/nginx/modsecurity.conf', '/etc/modsecurity/modsecurity.conf-recommended'].filter((file) =>
  existsSync(file),
)

test(
  'the configuration that ModSecurity recommends is read as it is',
  {
    skip: RECOMMENDED.length === 0 && 'no configuration of ModSecurity',
  },
  () => {
    for (const file of RECOMMENDED) {
      const set = loadSecRules({ directory: file })
      assert.ok(rulesOf(set).length >= 6, file)
      assert.equal(set.engine.get('secruleengine')?.value, 'DetectionOnly')
      assert.equal(set.engine.get('secrequestbodylimit')?.value, '13107200')
      // It also serves as what stands before the rules.
      if (V4 !== undefined) assert.ok(rulesOf(loadSecRules({ directory: V4, setupFile: file })).length > 600)
    }
  },
)
