import { buildHello, uint16s, vector } from '../../tls/hello-builder.ts'

const RECORD_HEADER_BYTES = 5

/** A ClientHello message as CRYPTO frames carry it, for one name and one protocol. */
export function helloMessage(serverName: string, alpn: string): Buffer {
  const record = buildHello({
    ciphers: [0x1301, 0x1302],
    extensions: [
      [0, vector(2, Buffer.from([0]), vector(2, Buffer.from(serverName)))],
      [10, vector(2, uint16s([0x1d]))],
      [13, vector(2, uint16s([0x0403]))],
      [16, vector(2, vector(1, Buffer.from(alpn)))],
      [43, vector(1, uint16s([0x0304]))],
    ],
  })
  return record.subarray(RECORD_HEADER_BYTES)
}
