import { setTimeout as sleep } from 'node:timers/promises'
import { PacketSocket } from './packet-socket.ts'

/** Sends frames as they are: `frame-sender.ts DEVICE HEX[,HEX...] TIMES PAUSE-MS`. */
const [device, frames, times, pauseMs] = process.argv.slice(2)
const socket = new PacketSocket(device)
for (let turn = 0; turn < Number(times); turn++) {
  for (const frame of frames.split(',')) socket.send(Buffer.from(frame, 'hex'))
  if (Number(pauseMs) > 0) await sleep(Number(pauseMs))
}
