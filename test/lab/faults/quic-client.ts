import { createSocket } from 'node:dgram'
import { setTimeout as sleep } from 'node:timers/promises'
import { helloMessage } from '../../../src/wire/quic/testing/client-hello.ts'
import { cryptoFrame, sealInitial } from '../../../src/wire/quic/testing/seal-initial.ts'

/** A client that begins QUIC as browsers do, and repeats itself until it gives up: `quic-client.ts HOST NAME`. */
const [host, name] = process.argv.slice(2)
const HELLO_BYTES = 1150
const WAITS_MS = [0, 300, 600, 1200]

const socket = createSocket('udp4')
socket.on('error', () => {})
const destinationId = Buffer.from('8394c8f03e515708', 'hex')
for (const [packetNumber, waitMs] of WAITS_MS.entries()) {
  await sleep(waitMs)
  const frames = cryptoFrame(0, helloMessage(name, 'h3'))
  const packet = sealInitial({ keyId: destinationId, destinationId, packetNumber, frames, paddedBytes: HELLO_BYTES })
  socket.send(packet, 443, host)
}
await sleep(300)
socket.close()
