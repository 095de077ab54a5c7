import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { TidegateError } from '#kernel'
import { openPayload, PayloadSealer } from './sealed-payload.ts'

const RAY = '01hgw2bqxn0004zj7k2p'

function pem({ publicKey, privateKey }: { publicKey: KeyObject; privateKey: KeyObject }) {
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const PAIRS = {
  x25519: pem(generateKeyPairSync('x25519')),
  rsa: pem(generateKeyPairSync('rsa', { modulusLength: 2048 })),
}

for (const [kind, { publicKey, privateKey }] of Object.entries(PAIRS)) {
  test(`a payload sealed to a key of kind ${kind} is opened by its private key, for its own event only`, () => {
    const sealer = new PayloadSealer(publicKey)
    const json = JSON.stringify([{ value: "1' OR 'é'=\u0000" }])
    const [one, two] = [sealer.seal(json, RAY), sealer.seal(json, RAY)]
    assert.match(one, new RegExp(`^v1\\.${kind}\\.`))
    assert.notEqual(one, two, 'no two payloads look alike')
    assert.equal(openPayload(one, privateKey, RAY), json)
    assert.equal(openPayload(two, privateKey, RAY), json)
    assert.throws(() => openPayload(one, privateKey, '01hgw2bqxn0004zj7k2q'), refusal)
    assert.throws(() => openPayload(`${one.slice(0, -2)}AA`, privateKey, RAY), refusal)
    assert.throws(() => openPayload('v1.x25519.', privateKey, RAY), refusal)
    assert.throws(() => openPayload('', privateKey, RAY), refusal)
  })
}

test('another key does not open it, and what is no key of a known kind is refused', () => {
  const sealed = new PayloadSealer(PAIRS.x25519.publicKey).seal('[]', RAY)
  assert.throws(() => openPayload(sealed, pem(generateKeyPairSync('x25519')).privateKey, RAY), refusal)
  assert.throws(() => openPayload(sealed, PAIRS.rsa.privateKey, RAY), /sealed to a key of kind x25519/)
  assert.throws(() => new PayloadSealer('nothing'), /no public key in PEM/)
  assert.throws(() => new PayloadSealer(pem(generateKeyPairSync('ed25519')).publicKey), /kind ed25519 cannot seal/)
})

function refusal(error: unknown): boolean {
  return error instanceof TidegateError && error.code === 'ERR_USAGE'
}
