import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { meansVariable, parameterOf, placeOf } from './parameter.ts'

const CASES: readonly (readonly [variables: readonly string[], parameter: string])[] = [
  [['ARGS:q'], 'ARGS:q'],
  [['ARGS:q', 'ARGS:q'], 'ARGS:q'],
  [['ARGS:json.items.0.name'], 'ARGS:json.items.0.name'],
  [['ARGS:json.items.0.name', 'ARGS:json.items.12.name'], 'ARGS:/^json\\.items\\.[0-9]+\\.name$/'],
  [['MATCHED_VARS:ARGS:q'], 'ARGS:q'],
  [['REQUEST_URI'], 'REQUEST_URI'],
  [['XML:/*'], 'XML'],
  [['REQUEST_HEADERS:User-Agent'], 'REQUEST_HEADERS:User-Agent'],
  [['ARGS:a*b'], 'ARGS:/^a\\*b$/'],
  [['ARGS:/x/'], 'ARGS:/^/x/$/'],
]

for (const [variables, parameter] of CASES) {
  test(`${variables.join(', ')} is excepted as ${parameter}`, () => {
    assert.equal(parameterOf(variables.map((variable) => placeOf(variable)!)), parameter)
    for (const variable of variables) assert.ok(meansVariable(parameter, variable), variable)
  })
}

test('other numbers are meant when that is asked for', () => {
  const parameter = parameterOf([placeOf('ARGS:json.items.0.name')!], true)
  assert.ok(meansVariable(parameter, 'ARGS:json.items.7.NAME'))
  assert.ok(!meansVariable(parameter, 'ARGS:json.items.x.name'))
  assert.ok(!meansVariable(parameter, 'REQUEST_COOKIES:json.items.7.name'))
})

test('what rules made up, counts, and names that were cut cannot be named', () => {
  for (const variable of ['', 'TX:1', 'MATCHED_VAR', '&ARGS', `ARGS:${'x'.repeat(300)}`, 'RULE:id']) {
    assert.equal(placeOf(variable), undefined, variable)
  }
})

test('a parameter means the variable it was made of, whatever clients put into names', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme' }), fc.boolean(), (name, wantsPattern) => {
      const variable = `ARGS:${name}`
      const place = placeOf(variable)
      assert.ok(place !== undefined)
      assert.ok(meansVariable(parameterOf([place], wantsPattern), variable))
    }),
  )
})
