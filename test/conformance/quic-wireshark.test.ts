import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { CAPTURE_READERS } from '#detect'
import { LINK_TYPE, Packet, PcapngWriter, QUIC_V1, QUIC_V2, quicVersionName } from '#wire'
import { ethernet, ipv4, udp } from '../../src/wire/packet/testing/index.ts'
import { helloMessage } from '../../src/wire/quic/testing/client-hello.ts'
import { cryptoFrame, sealInitial, versionNegotiation } from '../../src/wire/quic/testing/seal-initial.ts'
import { skipWithout } from '../debian-tools.ts'

const run = promisify(execFile)
const FIELDS = ['quic.version', 'tls.sni', 'tls.alpn', 'tls.ja3'] as const
const THEIRS = [
  'quic.version',
  'tls.handshake.extensions_server_name',
  'tls.handshake.extensions_alpn_str',
  'tls.handshake.ja3',
] as const

/** A connection each: keys, frames and names differ. */
function frames(): Buffer[] {
  const list: Buffer[] = []
  for (const [index, version] of [QUIC_V1, QUIC_V2, QUIC_V1, 0xff00_001d].entries()) {
    const id = Buffer.alloc(8 + index, index + 1)
    const hello = helloMessage(`host-${index}.test`, index === 0 ? 'h3' : 'doq')
    const pieces = [
      cryptoFrame(100, hello.subarray(100)),
      Buffer.alloc(5),
      Buffer.from([1]),
      cryptoFrame(0, hello.subarray(0, 100)),
    ]
    const packet = sealInitial({
      version,
      keyId: id,
      destinationId: id,
      packetNumber: index,
      frames: Buffer.concat(pieces),
      paddedBytes: 1100,
    })
    const ends = { source: `192.0.2.${index + 1}`, destination: '198.51.100.1' }
    list.push(ethernet(ipv4(ends, udp({ sourcePort: 40_000 + index, destinationPort: 443, payload: packet }))))
  }
  const refusal = versionNegotiation(Buffer.alloc(8, 1), Buffer.alloc(8, 2), [QUIC_V1])
  const back = { source: '198.51.100.1', destination: '192.0.2.1' }
  list.push(ethernet(ipv4(back, udp({ sourcePort: 443, destinationPort: 40_000, payload: refusal }))))
  return list
}

test('Initial packets of QUIC open as they do in Wireshark', { skip: skipWithout('tshark') }, async () => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'tidegate-quic-'))
  try {
    const file = path.join(directory, 'quic.pcapng')
    const parts: Buffer[] = []
    const writer = new PcapngWriter((bytes) => parts.push(bytes), 'test')
    const ethernetInterface = writer.addInterface({ linkType: LINK_TYPE.ethernet })
    for (const [index, bytes] of frames().entries()) {
      const packet = { bytes, start: 0, end: bytes.length, originalBytes: bytes.length }
      writer.packet(ethernetInterface, { ...packet, seconds: 1_790_000_000 + index, nanoseconds: 0 })
    }
    writer.end()
    writeFileSync(file, Buffer.concat(parts))
    const options = ['-n', '-r', file, '-T', 'fields', '-E', 'occurrence=f', ...THEIRS.flatMap((name) => ['-e', name])]
    const { stdout } = await run('tshark', options)
    const theirs = stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split('\t'))
    for (const [index, bytes] of frames().entries()) {
      const packet = new Packet('deep')
      packet.read(bytes, 0, bytes.length, LINK_TYPE.ethernet)
      const ours = FIELDS.map((name) => CAPTURE_READERS.read[name](packet) ?? '')
      const [version, ...names] = theirs[index]
      assert.deepEqual(
        ours,
        [Number(version), ...names],
        `frame ${index + 1}, version ${quicVersionName(Number(version))}`,
      )
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
