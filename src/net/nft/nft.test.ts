import assert from 'node:assert/strict'
import test from 'node:test'
import { enterOwnNetwork } from '../bpf/testing/own-network.ts'
import { applyNft, listNft, refusalOfNft } from './nft.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'

if (skip === false) enterOwnNetwork()

test('a script is run as a whole, and listed again', { skip }, () => {
  applyNft('table inet tgk { chain c { counter drop comment "dns-answers"; }; }')
  const listed = listNft(['table', 'inet', 'tgk'])
  const rule = listed.find((each) => 'rule' in each)?.['rule'] as { comment: string }
  assert.equal(rule.comment, 'dns-answers')
  assert.throws(
    () => applyNft('table inet tgk2 { }\nadd rule inet nowhere c drop\n'),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_NFTABLES_FAILED')
      assert.match(error.message, /No such file or directory/)
      return true
    },
  )
  assert.throws(() => listNft(['table', 'inet', 'tgk2']), /No such file or directory/)
})

test('what nft has against a script is said without running it', { skip }, () => {
  assert.equal(refusalOfNft('table inet tgk3 { }'), undefined)
  assert.match(refusalOfNft('table inet tgk3 { chain c { nonsense } }') ?? '', /syntax error/)
  assert.throws(() => listNft(['table', 'inet', 'tgk3']))
})
