import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { crc32c } from './crc32c.ts'
import { formatIp } from './ip.ts'
import { type ProxyHeader, readProxyHeader } from './proxy-protocol.ts'

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')

function version2(command: number, family: number, rest: Buffer): Buffer {
  const head = Buffer.from([command, family, rest.length >> 8, rest.length & 255])
  return Buffer.concat([SIGNATURE, head, rest])
}

const ADDRESSES4 = Buffer.from([192, 0, 2, 1, 198, 51, 100, 2, 0x30, 0x39, 1, 0xbb])
const ADDRESSES6 = Buffer.from('20010db800000000000000000000000120010db8000000000000000000000002303901bb', 'hex')

function withChecksum(flip: number): Buffer {
  const tlv = Buffer.from([3, 0, 4, 0, 0, 0, 0])
  const header = version2(0x21, 0x11, Buffer.concat([ADDRESSES4, Buffer.from([4, 0, 2, 9, 9]), tlv]))
  header.writeUInt32BE((crc32c(header) ^ flip) >>> 0, header.length - 4)
  return header
}

/** `source destination` of a complete header, or its state. */
function summary(header: ProxyHeader): string {
  if (header.state === 'malformed') return header.detail
  if (header.state !== 'complete') return header.state
  const connection = header.connection
  if (connection === undefined) return `none ${header.sizeBytes}`
  const { sourceAddress, sourcePort, destinationAddress, destinationPort } = connection
  return `${formatIp(sourceAddress)} ${sourcePort} ${formatIp(destinationAddress)} ${destinationPort} ${header.sizeBytes}`
}

const line = (text: string): Buffer => Buffer.from(text, 'latin1')

const CASES: readonly (readonly [name: string, bytes: Buffer, expected: string | RegExp])[] = [
  ['TCP4', line('PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\nGET'), '192.0.2.1 12345 198.51.100.2 443 45'],
  ['TCP6', line('PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n'), '2001:db8::1 1 2001:db8::2 65535 44'],
  ['UNKNOWN', line('PROXY UNKNOWN\r\n'), 'none 15'],
  ['UNKNOWN with more', line('PROXY UNKNOWN ff:: a b c d\r\n'), 'none 28'],
  ['LF only', line('PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\n'), /without CR/],
  ['two spaces', line('PROXY TCP4  192.0.2.1 198.51.100.2 12345 443\r\n'), /not exactly/],
  ['IPv6 in TCP4', line('PROXY TCP4 ::1 ::2 1 2\r\n'), /wrong address/],
  ['IPv4 in TCP6', line('PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n'), /wrong address/],
  ['a leading zero in an address', line('PROXY TCP4 192.0.02.1 198.51.100.2 1 2\r\n'), /wrong address/],
  ['a leading zero in a port', line('PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n'), /wrong port/],
  ['port 65536', line('PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n'), /wrong port/],
  ['a sign in a port', line('PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n'), /wrong port/],
  ['UDP4 in version 1', line('PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n'), /not TCP4/],
  ['lower case', line('proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n'), 'absent'],
  ['a line that never ends', line(`PROXY UNKNOWN ${'x'.repeat(200)}`), /longer than 107/],
  ['HTTP', line('GET / HTTP/1.1\r\n'), 'absent'],
  ['a prefix of version 1', line('PRO'), 'incomplete'],
  ['a prefix of the signature', SIGNATURE.subarray(0, 7), 'incomplete'],
  ['version 2 TCP4', version2(0x21, 0x11, ADDRESSES4), '192.0.2.1 12345 198.51.100.2 443 28'],
  ['version 2 TCP6', version2(0x21, 0x21, ADDRESSES6), '2001:db8::1 12345 2001:db8::2 443 52'],
  ['version 2 LOCAL', version2(0x20, 0x00, Buffer.alloc(0)), 'none 16'],
  ['version 2 LOCAL with addresses', version2(0x20, 0x11, ADDRESSES4), 'none 28'],
  ['version 2 UNSPEC', version2(0x21, 0x00, Buffer.alloc(0)), 'none 16'],
  ['version 2 UNIX stream', version2(0x21, 0x31, Buffer.alloc(216)), 'none 232'],
  ['version 2 UDP4', version2(0x21, 0x12, ADDRESSES4), /unfit/],
  ['version 3', version2(0x31, 0x11, ADDRESSES4), /unknown version/],
  ['an unknown command', version2(0x22, 0x11, ADDRESSES4), /unknown version or command/],
  ['cut off addresses', version2(0x21, 0x21, ADDRESSES4), /cut off/],
  ['a right checksum', withChecksum(0), '192.0.2.1 12345 198.51.100.2 443 40'],
  ['a wrong checksum', withChecksum(1), /checksum is wrong/],
  ['a TLV beyond the end', version2(0x21, 0x11, Buffer.concat([ADDRESSES4, Buffer.from([4, 0, 9, 1])])), /longer than/],
  ['half a TLV', version2(0x21, 0x11, Buffer.concat([ADDRESSES4, Buffer.from([4, 0])])), /cut off/],
  ['64 KiB', Buffer.concat([SIGNATURE, Buffer.from([0x21, 0x11, 0xff, 0xff])]), /longer than 4096/],
]

describe('readProxyHeader', () => {
  for (const [name, bytes, expected] of CASES) {
    test(`reads ${name}`, () => {
      const result = summary(readProxyHeader(bytes))
      if (typeof expected === 'string') assert.equal(result, expected)
      else assert.match(result, expected)
    })

    test(`reads ${name} the same in any segmentation`, () => {
      const whole = readProxyHeader(bytes)
      for (let length = 0; length < bytes.length; length++) {
        const part = readProxyHeader(bytes.subarray(0, length))
        if (part.state === 'incomplete') {
          assert.ok(part.needBytes > length, 'asks for more than it has')
          assert.notEqual(whole.state, length === bytes.length ? 'incomplete' : '')
        } else {
          assert.deepEqual(part.state, whole.state)
        }
      }
    })
  }

  test('never throws, whatever follows a real beginning', () => {
    const starts = fc.constantFrom(...CASES.map(([, bytes]) => bytes))
    fc.assert(
      fc.property(starts, fc.nat(60), fc.uint8Array({ maxLength: 300 }), (start, keep, noise) => {
        const result = readProxyHeader(Buffer.concat([start.subarray(0, keep), noise]))
        assert.ok(['complete', 'incomplete', 'absent', 'malformed'].includes(result.state))
      }),
      { numRuns: 2000 },
    )
  })
})

test('crc32c of the check string', () => assert.equal(crc32c(Buffer.from('123456789')), 0xe306_9283))
