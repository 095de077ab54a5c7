import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { enterOwnNetwork, networkCookie } from '#net'
import {
  areSettingsChanged,
  changeSetting,
  restoreAllSettings,
  restoreLeftSettings,
  restoreSetting,
} from './kernel-settings.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const COOKIES = 'net/ipv4/tcp_syncookies'
const ECN = 'net/ipv4/tcp_ecn'

if (skip === false) enterOwnNetwork()
const file = `/run/tidegate/kernel-settings-${networkCookie()}.json`
after(() => {
  if (skip === false) restoreAllSettings()
})

function setting(name: string): string {
  return readFileSync(`/proc/sys/${name}`, 'latin1').trim()
}

/** Changes a setting in another process of this network, which is gone before it could put it back. */
function changeAndDie(name: string, value: string): void {
  const script = `import('${new URL('./kernel-settings.ts', import.meta.url).href}').then((settings) => {
    settings.changeSetting('${name}', '${value}')
    process.kill(process.pid, 'SIGKILL')
  })`
  assert.throws(() => execFileSync(process.execPath, ['-e', script], { stdio: 'ignore' }), { signal: 'SIGKILL' })
}

test('a setting is put back to what it was, and nothing is left', { skip }, () => {
  writeFileSync(`/proc/sys/${COOKIES}`, '1')
  changeSetting(COOKIES, '2')
  assert.equal(setting(COOKIES), '2')
  assert.ok(existsSync(file))
  restoreSetting(COOKIES)
  assert.equal(setting(COOKIES), '1')
  assert.ok(!existsSync(file))
})

test('what was as it is needed is not remembered', { skip }, () => {
  writeFileSync(`/proc/sys/${COOKIES}`, '2')
  changeSetting(COOKIES, '2')
  assert.ok(!areSettingsChanged())
  restoreSetting(COOKIES)
  assert.equal(setting(COOKIES), '2')
  writeFileSync(`/proc/sys/${COOKIES}`, '1')
})

test('the next process puts back what one that was killed had changed, unless it needs it', { skip }, () => {
  const before = setting(ECN)
  const other = before === '1' ? '0' : '1'
  changeAndDie(COOKIES, '2')
  changeAndDie(ECN, other)
  assert.deepEqual([setting(COOKIES), setting(ECN)], ['2', other])
  changeSetting(COOKIES, '2')
  assert.deepEqual(restoreLeftSettings(), [ECN])
  assert.deepEqual([setting(COOKIES), setting(ECN)], ['2', before])
  // What it needed itself goes back to what was there before both.
  restoreSetting(COOKIES)
  assert.equal(setting(COOKIES), '1')
})

test('what somebody else made of it since stays', { skip }, () => {
  changeAndDie(COOKIES, '2')
  writeFileSync(`/proc/sys/${COOKIES}`, '0')
  assert.deepEqual(restoreAllSettings(), [])
  assert.equal(setting(COOKIES), '0')
  assert.ok(!areSettingsChanged())
  writeFileSync(`/proc/sys/${COOKIES}`, '1')
})

test('what was remembered before the machine was started again counts no more', { skip }, () => {
  changeAndDie(COOKIES, '2')
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace(/"bootId":"[^"]+"/, '"bootId":"another"'))
  assert.deepEqual(restoreAllSettings(), [])
  assert.equal(setting(COOKIES), '2')
  writeFileSync(file, 'half of a fi')
  assert.deepEqual(restoreAllSettings(), [])
  writeFileSync(file, text)
  assert.deepEqual(restoreAllSettings(), [COOKIES])
  assert.equal(setting(COOKIES), '1')
})
