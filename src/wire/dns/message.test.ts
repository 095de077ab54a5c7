import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { parseIp } from '../ip.ts'
import { CLASS_IN, type DnsMessage, type DnsRecord, extendedErrorsOf, recordData, responseCodeOf } from './message.ts'
import { parseDnsMessage } from './parse-message.ts'
import type { RECORD_LAYOUT, RecordDataOf } from './record-data.ts'
import { RECORD_TYPE, recordTypeName, recordTypeOf } from './record-type.ts'
import { DnsScanner } from './scanner.ts'
import { writeDnsMessage } from './write-message.ts'

function record<Name extends keyof typeof RECORD_LAYOUT>(type: Name, data: RecordDataOf<Name>): DnsRecord {
  return { name: 'www.example.com', type: RECORD_TYPE[type], class: CLASS_IN, ttlSeconds: 300, data }
}

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')
const KEY = { flags: 257, protocol: 3, algorithm: 13, key: bytes('aabbcc') }
const DIGEST = { keyTag: 20326, algorithm: 8, digestType: 2, digest: bytes('e06d44b8') }
const TLSA = { usage: 3, selector: 1, matching: 1, data: bytes('00ff') }
const SERVICE = { priority: 1, target: '.', parameters: [{ number: 1, bytes: Buffer.from('\x02h3\x02h2', 'latin1') }] }

const RECORDS: readonly DnsRecord[] = [
  record('A', { address: parseIp('192.0.2.1')! }),
  record('AAAA', { address: parseIp('2001:db8::1')! }),
  record('AAAA', { address: parseIp('::ffff:192.0.2.1')! }),
  record('NS', { target: 'ns1.example.com' }),
  record('CNAME', { target: 'www.example.net' }),
  record('PTR', { target: '1.2.0.192.in-addr.arpa' }),
  record('DNAME', { target: 'example.org' }),
  record('SOA', {
    primary: 'ns1.example.com',
    mailbox: 'first\\.last.example.com',
    serial: 4294967295,
    refresh: 1,
    retry: 2,
    expire: 3,
    minimum: 60,
  }),
  record('MX', { preference: 10, exchange: 'mail.example.com' }),
  record('TXT', { texts: ['v=spf1 -all', '', '\xff'.repeat(255)] }),
  record('HINFO', { processor: 'RFC8482', system: '' }),
  record('SRV', { priority: 1, weight: 2, port: 5060, target: 'sip.example.com' }),
  record('NAPTR', {
    order: 1,
    preference: 2,
    flags: 'u',
    services: 'E2U+sip',
    expression: '!^.*$!x!',
    replacement: '.',
  }),
  record('DS', DIGEST),
  record('SSHFP', { algorithm: 4, fingerprintType: 2, fingerprint: bytes('0102') }),
  record('RRSIG', {
    covered: 1,
    algorithm: 13,
    labels: 3,
    originalTtl: 300,
    expiration: 2 ** 32 - 1,
    inception: 0,
    keyTag: 1,
    signer: 'example.com',
    signature: bytes('00'.repeat(64)),
  }),
  record('NSEC', { next: '\\000.www.example.com', types: [1, 46, 47, 257, 32769] }),
  record('NSEC3', {
    algorithm: 1,
    flags: 1,
    iterations: 0,
    salt: bytes(''),
    nextHashed: bytes('ab'.repeat(20)),
    types: [1],
  }),
  record('NSEC3PARAM', { algorithm: 1, flags: 0, iterations: 0, salt: bytes('abcd') }),
  record('DNSKEY', KEY),
  record('TLSA', TLSA),
  record('CAA', { flags: 128, tag: 'issue', value: Buffer.from('ca.example') }),
  record('URI', { priority: 1, weight: 1, target: Buffer.from('https://example.com/') }),
  record('SVCB', { ...SERVICE, priority: 0, target: 'svc.example.com', parameters: [] }),
  record('HTTPS', SERVICE),
  record('CERT', { certificateType: 1, keyTag: 2, algorithm: 3, certificate: bytes('04') }),
  { name: '.', type: 65280, class: 255, ttlSeconds: 0, data: { bytes: bytes('c00c') } },
]

const MESSAGE: DnsMessage = {
  id: 0xbeef,
  flags: 0x8583,
  questions: [{ name: 'www.example.com', type: RECORD_TYPE.ANY, class: CLASS_IN }],
  answers: RECORDS,
  authorities: [record('NS', { target: '.' })],
  additionals: [record('A', { address: 0 })],
  edns: {
    udpPayloadBytes: 1232,
    extendedCode: 1,
    version: 0,
    dnssecOk: true,
    options: [{ number: 15, bytes: Buffer.from('\x00\x0fblocked', 'latin1') }],
  },
}

test('what is written reads back the same, for every type of record', () => {
  const result = parseDnsMessage(writeDnsMessage(MESSAGE))
  assert.deepEqual(result, { ok: true, message: MESSAGE, trailingBytes: 0 })
  assert.equal(responseCodeOf(MESSAGE), 19)
  assert.deepEqual(extendedErrorsOf(MESSAGE.edns!.options), [{ code: 15, text: 'blocked' }])
})

test('data that does not fit its type stays bytes', () => {
  const odd: DnsRecord = { ...RECORDS[0], data: { bytes: bytes('c0000201ff') } }
  const result = parseDnsMessage(writeDnsMessage({ id: 1, flags: 0x8000, answers: [odd] }))
  assert.ok(result.ok)
  assert.deepEqual(result.message.answers, [odd])
  assert.equal(recordData(odd, 'A'), undefined)
  assert.deepEqual(recordData(RECORDS[0], 'A'), { address: parseIp('192.0.2.1') })
  assert.equal(recordData(RECORDS[0], 'AAAA'), undefined)
})

const HEADER = '123481800001000000000000'
const TYPE_AND_CLASS = '00010001'

test('names that cannot be read', () => {
  const cases: readonly (readonly [name: string, fault: string | undefined, why: string])[] = [
    ['0161', 'truncated', 'ends in the name'],
    ['c00c', 'compression-loop', 'points to itself'],
    ['0161c00c', 'compression-loop', 'points to its own beginning'],
    ['c0ff', 'compression-loop', 'points forward'],
    ['c000', undefined, 'points into the header, which reads as a name'],
    ['40', 'malformed', 'a label of an unknown kind'],
    [`${`3f${'61'.repeat(63)}`.repeat(4)}00`, 'malformed', 'longer than 255 bytes'],
    [`${`3f${'61'.repeat(63)}`.repeat(3)}3d${'61'.repeat(61)}00`, undefined, '255 bytes'],
  ]
  for (const [name, fault, why] of cases) {
    const tail = name.endsWith('61') ? '' : TYPE_AND_CLASS
    const header = name === 'c000' ? `0161000000010000${'0'.repeat(8)}` : HEADER
    const result = parseDnsMessage(bytes(header + name + tail))
    assert.equal(result.ok ? undefined : result.fault, fault, why)
  }
})

test('a long chain of pointers is given up', () => {
  const pointers = Buffer.alloc(2000)
  for (let index = 1; index < 1000; index++) pointers.writeUInt16BE(0xc000 | (12 + (index - 1) * 2), index * 2)
  const question = Buffer.concat([bytes(`c${(0x000c + 1998).toString(16).padStart(3, '0')}`), bytes(TYPE_AND_CLASS)])
  const scanner = new DnsScanner()
  const message = Buffer.concat([bytes(HEADER), pointers, question])
  scanner.begin(message, 0, message.length)
  scanner.nameAt(12 + 2000)
  assert.equal(scanner.fault, 'compression-loop')
})

test('bytes of names that text would hide are escaped, and written back', () => {
  for (const name of ['a\\.b.example', 'a\\\\b', '\\000\\032\\255.x', '.', 'x'.repeat(63)]) {
    const result = parseDnsMessage(writeDnsMessage({ id: 1, flags: 0, questions: [{ name, type: 1, class: 1 }] }))
    assert.equal(result.ok && result.message.questions[0].name, name)
  }
})

test('types by name and number', () => {
  assert.deepEqual(['a', 'HTTPS', 'TYPE65280', 'TYPE65536', 'x'].map(recordTypeOf), [
    1,
    65,
    65280,
    undefined,
    undefined,
  ])
  assert.deepEqual([28, 65280].map(recordTypeName), ['AAAA', 'TYPE65280'])
})

test('a message that cannot be held is refused', () => {
  for (const name of ['a..b', '.a', 'x'.repeat(64), `${'x.'.repeat(127)}x`, '\\256', 'a\\'])
    assert.throws(
      () => writeDnsMessage({ id: 1, flags: 0, questions: [{ name, type: 1, class: 1 }] }),
      /cannot be written/,
    )
})

test('no bytes make it throw, or go beyond the message', () => {
  const whole = writeDnsMessage(MESSAGE)
  const change = fc.record({ at: fc.nat(whole.length - 1), value: fc.nat(255) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.nat(whole.length), (changes, cut) => {
      const hostile = Buffer.from(whole.subarray(0, whole.length - cut))
      for (const { at, value } of changes) if (at < hostile.length) hostile[at] = value
      const scanned = [0x00, 0xff].map((filler) => {
        const around = Buffer.alloc(300, filler)
        const scanner = new DnsScanner()
        const seen: unknown[] = [scanner.begin(Buffer.concat([around, hostile, around]), 300, 300 + hostile.length)]
        while (scanner.next()) seen.push(scanner.type, scanner.ttlSeconds, scanner.recordName(), scanner.dataEnd)
        return [...seen, scanner.questionName, scanner.fault]
      })
      assert.deepEqual(scanned[0], scanned[1])
      parseDnsMessage(hostile)
    }),
    { numRuns: 3000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), (random) => void parseDnsMessage(random)))
})
