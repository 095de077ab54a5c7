import assert from 'node:assert/strict'
import test from 'node:test'
import { parseConfig } from '#config'
import { hostOfSite } from './site-host.ts'

const CASES: readonly (readonly [
  why: string,
  sites: Readonly<Record<string, readonly string[]>>,
  host: string | undefined,
])[] = [
  ['an exact name', { shop: ['*', 'shop.test'] }, 'shop.test'],
  ['a name below a wildcard', { shop: ['*.shop.test'] }, 'waf-test.shop.test'],
  ['any name for the default site', { shop: ['*'] }, 'waf-test.invalid'],
  ['not a name that another site has', { shop: ['*.shop.test'], other: ['waf-test.shop.test'] }, undefined],
  ['the other wildcard then', { shop: ['*.shop.test', '*.b.test'], other: ['waf-test.shop.test'] }, 'waf-test.b.test'],
]

for (const [why, sites, host] of CASES) {
  test(`the host of a site: ${why}`, () => {
    const written = Object.entries(sites).map(([name, hosts]) => ({ name, hosts, origins: ['http://127.0.0.1:9'] }))
    const text = JSON.stringify({ edge: { listeners: ['127.0.0.1:0'], sites: written } })
    const [first, ...others] = parseConfig(text, '/nowhere/tidegate.yaml').edge.sites
    assert.equal(hostOfSite(first, [first, ...others]), host)
  })
}
