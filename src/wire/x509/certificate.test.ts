import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Certificate } from './certificate.ts'

/** Self-signed, for a hundred years; made with the openssl command. */
const DER = Buffer.from(
  [
    'MIIB2jCCAX+gAwIBAgIUUVX5V98oYeLQRQg2wTBNwDEz9WEwCgYIKoZIzj0EAwIwKDESMBAGA1UECgwJVGlkZSwgSW5jMRIwEAYDVQQD',
    'DAlzaG9wLnRlc3QwIBcNMjYxMTIyMDkwMTAyWhgPMjEyNjEwMjkwOTAxMDJaMCgxEjAQBgNVBAoMCVRpZGUsIEluYzESMBAGA1UEAwwJ',
    'c2hvcC50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAESLj7MfelLe90KZcQcVW3Xql5oX6TX4ErHQK43wbvlc8wTvJfoTYpDA25',
    '83/H+J29O25LRD/vvRP83M5cTftlMaOBhDCBgTAdBgNVHQ4EFgQU6wvcU49vrnsvE9W7KZ+Qq/KW8LowHwYDVR0jBBgwFoAU6wvcU49v',
    'rnsvE9W7KZ+Qq/KW8LowMQYDVR0RBCowKIIJc2hvcC50ZXN0ggsqLlNob3AudGVzdIcEwAACAYEIYUBiLnRlc3QwDAYDVR0TAQH/BAIw',
    'ADAKBggqhkjOPQQDAgNJADBGAiEAyr7drlwLA/JRlYl1l+Mc3TG2KatcL0G/tOuVFsZXMykCIQD7DQ1hg6oOFJp8naDGlEZ/w76dFAWU',
    'fOT/QXc/tJFTiA==',
  ].join(''),
  'base64',
)

test('what a certificate says', () => {
  const certificate = Certificate.read(DER)!
  assert.deepEqual(certificate.facts, {
    subject: 'CN=shop.test,O=Tide\\, Inc',
    issuer: 'CN=shop.test,O=Tide\\, Inc',
    notBeforeSeconds: Date.UTC(2026, 10, 22, 9, 1, 2) / 1000,
    notAfterSeconds: Date.UTC(2126, 9, 29, 9, 1, 2) / 1000,
    names: ['shop.test', '*.shop.test', '192.0.2.1'],
    isAuthority: false,
    isSelfSigned: true,
    serialNumber: '5155f957df2861e2d0450836c1304dc03133f561',
    fingerprint256: 'e20aa23a1d37b71933dea11305af132b1f11c01aa9278eb0eeef5c261d85c77f',
    keyType: 'ec',
    sizeBytes: DER.length,
  })
  assert.equal(certificate.isIssuedBy(certificate), true)
})

test('whom it is for', () => {
  const certificate = Certificate.read(DER)!
  const cases: readonly (readonly [name: string, covered: boolean])[] = [
    ['shop.test', true],
    ['SHOP.test', true],
    ['www.shop.test', true],
    ['a.b.shop.test', false],
    ['other.test', false],
    ['192.0.2.1', true],
    ['192.0.2.2', false],
    ['', false],
    ['a\0b', false],
  ]
  for (const [name, covered] of cases) assert.equal(certificate.covers(name), covered, name)
})

test('bytes that are no certificate', () => {
  assert.equal(Certificate.read(Buffer.alloc(0)), undefined)
  assert.equal(Certificate.read(DER.subarray(0, -1)), undefined)
  const change = fc.record({ at: fc.nat(DER.length - 1), value: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const hostile = Buffer.from(DER)
      for (const { at, value } of changes) hostile[at] = value
      const certificate = Certificate.read(hostile)
      void [certificate?.facts, certificate?.covers('shop.test'), certificate?.isIssuedBy(certificate)]
    }),
    { numRuns: 1000 },
  )
})
