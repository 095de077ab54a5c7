import assert from 'node:assert/strict'
import { copyFileSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import type { SystemLevel } from '#events'
import { Logger } from '#kernel'
import { missingOpenssl, TestCertificates } from '../../net/testing/test-certificates.ts'
import { CertificateWatch } from './certificate-watch.ts'

const skip = missingOpenssl() ?? false
const certificates = new TestCertificates()
after(() => certificates.remove())

test('tells of certificates that need repair at the start, then only what is new', { skip }, () => {
  const lines: string[] = []
  const events: { level: SystemLevel; code: string; file: unknown }[] = []
  const log = new Logger('info', false, (line) => lines.push(line))
  const report = (level: SystemLevel, code: string, _message: string, facts: Readonly<Record<string, unknown>> = {}) =>
    String(events.push({ level, code, file: facts['file'] }))
  const good = certificates.make({ names: ['good.test'] })
  const expired = certificates.make({ names: ['old.test'], days: -1 })
  const soon = certificates.make({ names: ['soon.test'], days: 3 })

  const watch = new CertificateWatch([good, expired], log, { report })
  assert.deepEqual(events, [{ level: 'error', code: 'certificate-expired', file: expired.certFile }])
  assert.match(lines[0], /expired on .*: clients refuse it; renew it/)

  watch.check()
  assert.equal(events.length, 1)

  copyFileSync(soon.certFile, good.certFile)
  copyFileSync(soon.keyFile, good.keyFile)
  watch.check()
  assert.deepEqual(events.slice(1), [{ level: 'warn', code: 'certificate-expires-soon', file: good.certFile }])

  writeFileSync(good.keyFile, 'damaged')
  watch.check()
  assert.equal(events.length, 2, 'what cannot be used is reported by those who use it')
  watch.close()
})
