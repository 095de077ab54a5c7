import assert from 'node:assert/strict'
import test from 'node:test'
import { EventStore } from './event-store.ts'
import { StoreLine } from './store-line.ts'
import { storeOptions, temporaryDirectory } from './testing/open-store.ts'

const RANGE = { sinceMicros: 0, untilMicros: 1 }

test('a line asks the store as its owner does, until one of them ends', async (context) => {
  const store = await EventStore.open(storeOptions(temporaryDirectory(context)))
  const [one, other] = [new StoreLine(store.connect()), new StoreLine(store.connect())]
  const plan = { plan: 'tally', kind: 'http', conditions: [], ...RANGE } as const
  const [owned, first, second] = await Promise.all([store.query(plan), one.query(plan), other.query(plan)])
  assert.deepEqual([first, second], [owned, owned])
  const rates = { plan: 'rates', kind: 'http', key: ['no.such.field'], periodSeconds: 60, ...RANGE } as const
  await assert.rejects(one.query(rates), { code: 'ERR_QUERY_INVALID' })
  one.close()
  await store.close()
  await assert.rejects(other.query(plan), { code: 'ERR_STORE_FAILED' })
})
