import assert from 'node:assert/strict'
import test from 'node:test'
import { enterOwnNetwork } from '../../src/net/bpf/testing/own-network.ts'
import { skipWithoutRoot, toolPath } from '../debian-tools.ts'
import { compareBpf, compareNft, emptyComparison } from './packets/compare-targets.ts'
import { comparePolicies } from './packets/compare-policies.ts'
import { kernelLists } from './packets/kernel-lists.ts'
import { NftJudge } from './packets/nft-judge.ts'
import { Random } from './random.ts'

/** Another seed judges other packets by other rules; a run is repeated from the one that it failed with. */
const SEED = 20_261_122
const ROUNDS = 3
const FRAMES = 1500

const skip = skipWithoutRoot()
const skipNft = skip || (toolPath('nft') === undefined ? 'needs nft (Debian: nftables)' : false)

if (skip === false) enterOwnNetwork()

test('programs of the kernel and JavaScript judge hostile packets alike', { skip }, () => {
  const random = new Random(SEED)
  const [lists, comparison] = [kernelLists(), emptyComparison()]
  for (let round = 0; round < ROUNDS; round++) compareBpf(random, FRAMES, lists, comparison)
  assert.deepEqual(comparison.differences, [])
  assert.equal(comparison.packets, ROUNDS * FRAMES)
  assert.ok(comparison.matched > comparison.verdicts / 10, `${comparison.matched} matches`)
})

test('programs of whole policies and JavaScript judge hostile packets alike', { skip }, () => {
  const random = new Random(SEED)
  const comparison = emptyComparison()
  const decisive = [5, 60, 300].map((rules) => comparePolicies(random, FRAMES, rules, comparison))
  assert.deepEqual(comparison.differences, [])
  assert.ok(decisive[2] > 50, `${decisive[2]} rules of 300 decided`)
})

test('nftables and JavaScript judge hostile packets alike', { skip: skipNft }, () => {
  const random = new Random(SEED)
  const [lists, comparison, judge] = [kernelLists(), emptyComparison(), new NftJudge('tgjudge')]
  for (let round = 0; round < ROUNDS; round++) compareNft(random, FRAMES, lists, judge, comparison)
  assert.deepEqual(comparison.differences, [])
  assert.ok(comparison.packets > ROUNDS * FRAMES * 0.7, `${comparison.notCompared} packets were not compared`)
  assert.ok(comparison.matched > comparison.verdicts / 10, `${comparison.matched} matches`)
})

test('tables of whole policies and JavaScript judge hostile packets alike', { skip: skipNft }, () => {
  const random = new Random(SEED)
  const comparison = emptyComparison()
  const decisive = [5, 60, 300].map((rules) => comparePolicies(random, FRAMES, rules, comparison, 'nft'))
  assert.deepEqual(comparison.differences, [])
  assert.ok(comparison.packets > 3 * FRAMES * 0.7, `${comparison.notCompared} packets were not compared`)
  assert.ok(decisive[2] > 50, `${decisive[2]} rules of 300 decided`)
})
