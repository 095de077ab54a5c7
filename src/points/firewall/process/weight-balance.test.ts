import assert from 'node:assert/strict'
import test from 'node:test'
import { WeightBalance } from './weight-balance.ts'

function settled(balance: WeightBalance, packets: number, stride: number = 1): number | undefined {
  return balance.settle(new Map([['a', packets]]), stride).get('a')
}

test('what was counted and not sampled is owed once', () => {
  const balance = new WeightBalance()
  balance.add('a', 1000)
  assert.equal(settled(balance, 1000), undefined)
  balance.add('a', 500)
  assert.equal(settled(balance, 2500), 1000)
  assert.equal(settled(balance, 2500), undefined)
})

test('what is on its way, or the rounding of sampling, is no loss', () => {
  const balance = new WeightBalance()
  balance.add('a', 1000)
  assert.equal(settled(balance, 1064), undefined)
  assert.equal(settled(balance, 2000, 256), undefined)
  balance.add('a', 1000)
  assert.equal(settled(balance, 2000), undefined)
})

test('samples that stand for more than was counted make up for later losses', () => {
  const balance = new WeightBalance()
  balance.add('a', 1500)
  assert.equal(settled(balance, 1000), undefined)
  assert.equal(settled(balance, 1400), undefined)
  assert.equal(settled(balance, 2000), 500)
})

test('a rule that begins anew owes nothing of before', () => {
  const balance = new WeightBalance()
  balance.add('a', 1000)
  settled(balance, 1000)
  assert.equal(settled(balance, 300), undefined, 'its counter began anew')
  balance.settle(new Map(), 1)
  assert.equal(settled(balance, 5000), undefined, 'it was away')
})
