import assert from 'node:assert/strict'
import test from 'node:test'
import { RequestParts } from '../../parts/request-parts.ts'
import { ResponseParts } from '../../parts/response-parts.ts'
import { settingsAt } from '../../testing/settings-at.ts'
import { createManagedRules } from '../managed-rules.ts'
import type { Sample } from '../sample.ts'
import { sampleRequest, sampleResponse } from '../sample-request.ts'
import { MANAGED_RULES } from './index.ts'

const EVERYTHING = settingsAt('high')

const rules = createManagedRules()

/** Ids of the rules that match a sample at high sensitivity. */
function idsOf(sample: Sample): readonly string[] {
  const { request, body } = sampleRequest(sample)
  const parts = new RequestParts(request)
  const inspection = rules.inspection(parts, EVERYTHING, [], () => false)
  inspection.head()
  parts.setBody(body)
  inspection.body()
  if (typeof sample !== 'string' && sample.response !== undefined) {
    const answer = sampleResponse(sample.response)
    const responseParts = new ResponseParts(answer.response)
    responseParts.setBody(answer.body)
    inspection.responseBody(responseParts)
  }
  return inspection.matches.map((match) => match.ruleId)
}

test('ids are unique and every rule has a help text and examples of both kinds', () => {
  assert.equal(new Set(MANAGED_RULES.map(({ id }) => id)).size, MANAGED_RULES.length)
  for (const { id, help, weight, examples } of MANAGED_RULES) {
    assert.match(id, /^[a-z0-9]+(?:-[a-z0-9]+)+$|^log4shell$|^spring4shell$|^shellshock$|^thinkphp$/)
    assert.match(help, /^[A-Z`].*\.$/, id)
    assert.ok(weight >= 1 && weight <= 10, id)
    assert.ok(examples.attacks.length > 0 && examples.benign.length > 0, `${id} needs examples`)
  }
})

for (const rule of MANAGED_RULES) {
  test(`rule ${rule.id} finds its attacks and leaves its benign examples alone`, () => {
    for (const sample of rule.examples.attacks) {
      assert.ok(
        idsOf(sample).includes(rule.id),
        `not found: ${JSON.stringify(sample)}; found ${idsOf(sample).join(' ')}`,
      )
    }
    for (const sample of rule.examples.benign) {
      assert.ok(!idsOf(sample).includes(rule.id), `found wrongly: ${JSON.stringify(sample)}`)
    }
  })
}
