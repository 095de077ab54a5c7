import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { TidegateError } from '#kernel'
import { type CertificateFiles, CertificateStore } from './certificates.ts'
import { missingOpenssl, TestCertificates } from './testing/test-certificates.ts'

const KEYS = Buffer.alloc(48, 1)

describe('certificate files', { skip: missingOpenssl() ?? false }, () => {
  const certificates = new TestCertificates()
  after(() => certificates.remove())
  const good = certificates.make({ names: ['good.test'] })
  const other = certificates.make({ names: ['other.test'] })
  const file = (name: string, text: string): string => {
    const path = join(certificates.directory, name)
    writeFileSync(path, text)
    return path
  }
  const encrypted = (): string => {
    const path = join(certificates.directory, 'encrypted.key')
    execFileSync('openssl', ['pkey', '-in', good.keyFile, '-aes256', '-passout', 'pass:x', '-out', path], {
      stdio: 'ignore',
    })
    return path
  }

  const bad: readonly (readonly [name: string, files: CertificateFiles, reason: RegExp, file: string])[] = [
    ['a missing file', { certFile: '/nowhere/a.crt', keyFile: good.keyFile }, /cannot read/, '/nowhere/a.crt'],
    [
      'the key of another certificate',
      { certFile: good.certFile, keyFile: other.keyFile },
      /does not belong/,
      other.keyFile,
    ],
    ['an encrypted key', { certFile: good.certFile, keyFile: encrypted() }, /encrypted/, 'encrypted.key'],
    ['a certificate as key', { certFile: good.certFile, keyFile: good.certFile }, /no private key/, good.certFile],
    ['a key as certificate', { certFile: good.keyFile, keyFile: good.keyFile }, /no certificate in PEM/, good.keyFile],
    [
      'a damaged certificate',
      {
        certFile: file('damaged.crt', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
        keyFile: good.keyFile,
      },
      /cannot be parsed/,
      'damaged.crt',
    ],
    [
      'a damaged key',
      {
        certFile: good.certFile,
        keyFile: file('damaged.key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
      },
      /cannot be parsed/,
      'damaged.key',
    ],
  ]
  for (const [name, files, reason, where] of bad) {
    test(`${name} is refused by name and the old set stays`, () => {
      const store = new CertificateStore([good], KEYS)
      const before = store.contextFor('good.test', 'TLSv1.2')
      assert.throws(
        () => store.reload([other, files]),
        (error) => {
          assert.ok(error instanceof TidegateError)
          assert.equal(error.code, 'ERR_CERTIFICATE_INVALID')
          assert.match(error.message, reason)
          assert.ok(error.message.includes(where))
          assert.ok(error.remedy)
          return true
        },
      )
      assert.equal(store.contextFor('good.test', 'TLSv1.2'), before)
    })
  }

  test('reload reads the same files again', () => {
    const pair = {
      certFile: join(certificates.directory, 'live.crt'),
      keyFile: join(certificates.directory, 'live.key'),
    }
    const install = (from: CertificateFiles): void => {
      copyFileSync(from.certFile, pair.certFile)
      copyFileSync(from.keyFile, pair.keyFile)
    }
    install(good)
    const store = new CertificateStore([other, pair], KEYS)
    assert.notEqual(store.contextFor('good.test', 'TLSv1.3'), store.contextFor('other.test', 'TLSv1.3'))
    install(certificates.make({ names: ['new.test'] }))
    store.reload()
    assert.equal(store.contextFor('good.test', 'TLSv1.3'), store.contextFor('other.test', 'TLSv1.3'))
    assert.notEqual(store.contextFor('new.test', 'TLSv1.3'), store.contextFor('other.test', 'TLSv1.3'))
  })

  test('warns of an expired certificate, of one that expires soon and of an incomplete chain', () => {
    const expired = certificates.make({ names: ['old.test'], days: -1 })
    const soon = certificates.make({ names: ['soon.test'], days: 3 })
    const issued = certificates.make({ names: ['leaf.test'], issuer: other })
    const store = new CertificateStore([good, expired, soon, issued], KEYS)
    assert.deepEqual(
      store.warnings.map(({ file, fault }) => [file, fault]),
      [
        [expired.certFile, 'certificate-expired'],
        [soon.certFile, 'certificate-expires-soon'],
        [issued.certFile, 'chain-incomplete'],
      ],
    )
    appendFileSync(issued.certFile, readFileSync(other.certFile))
    assert.equal(store.reload().length, 2)
  })

  test('an exact name wins over a wildcard, and a wildcard stands for one label', () => {
    const wild = certificates.make({ names: ['*.w.test'] })
    const exact = certificates.make({ names: ['a.w.test'] })
    const store = new CertificateStore([good, wild, exact], KEYS)
    const of = (name: string | undefined): unknown => store.contextFor(name, 'TLSv1.2')
    assert.notEqual(of('a.w.test'), of('b.w.test'))
    assert.equal(of('c.w.test'), of('b.w.test'))
    assert.equal(of('x.b.w.test'), of(undefined))
    assert.equal(of('w.test'), of(undefined))
    assert.equal(of('good.test'), of(undefined))
  })

  test('no certificate gives no context', () => {
    assert.equal(new CertificateStore([], KEYS).contextFor('a.test', 'TLSv1.2'), undefined)
  })
})
