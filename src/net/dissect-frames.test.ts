import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { LINK_TYPE, PcapWriter } from '#wire'
import { dnsQuery, ethernet, ipv4, udp } from '../wire/packet/testing/index.ts'
import { dissectFrames } from './dissect-frames.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-dissect-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function installed(): boolean {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const skip = installed() ? false : 'needs tshark (Debian: tshark)'

function capture(): string {
  const pieces: Buffer[] = []
  const writer = new PcapWriter((piece) => void pieces.push(Buffer.from(piece)), {
    linkType: LINK_TYPE.ethernet,
    snapBytes: 0,
  })
  for (const name of ['one.test', 'two.test', 'three.test']) {
    const packet = ipv4(
      { source: '192.0.2.1', destination: '192.0.2.53' },
      udp({ sourcePort: 4000, destinationPort: 53, payload: dnsQuery(1, name) }),
    )
    const bytes = ethernet(packet)
    writer.packet({ bytes, start: 0, end: bytes.length, originalBytes: bytes.length, seconds: 1, nanoseconds: 0 })
  }
  writer.end()
  const file = path.join(folder, 'a.pcap')
  writeFileSync(file, Buffer.concat(pieces), { mode: 0o600 })
  return file
}

test('chosen frames are dissected, and no others, of a file that only we may read', { skip }, async () => {
  const dissection = await dissectFrames(capture(), [2], 'json')
  assert.ok(dissection.ok)
  const frames = JSON.parse(dissection.text) as unknown[]
  assert.equal(frames.length, 1)
  assert.match(dissection.text, /two\.test/)
  const text = await dissectFrames(capture(), [1, 3], 'text')
  assert.ok(text.ok && /one\.test/.test(text.text) && /three\.test/.test(text.text) && !/two\.test/.test(text.text))
})

test('a reason is given where there is nothing to dissect', { skip }, async () => {
  assert.equal((await dissectFrames(capture(), [], 'text')).ok, false)
  assert.equal((await dissectFrames(path.join(folder, 'nowhere'), [1], 'text')).ok, false)
  assert.equal(
    (
      await dissectFrames(
        capture(),
        Array.from({ length: 201 }, (_, index) => index + 1),
        'text',
      )
    ).ok,
    false,
  )
  const none = path.join(folder, 'none')
  writeFileSync(none, 'no capture')
  assert.equal((await dissectFrames(none, [1], 'json')).ok, false)
})
