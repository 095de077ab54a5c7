import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import type { DnsBehaviour } from './dns-behaviour.ts'

/** A name server that does what it is told: `dns-server.ts BEHAVIOURS`, a JSON list; the first whose suffix fits counts. */
const behaviours = JSON.parse(process.argv[2]) as DnsBehaviour[]
const RESPONSE_BITS = 0x8080
const TYPE_A = 1

interface Question {
  readonly id: number
  readonly flags: number
  readonly name: string
  readonly type: number
  readonly bytes: Buffer
}

function questionOf(message: Buffer): Question {
  const labels: string[] = []
  let at = 12
  while (message[at] !== 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]))
    at += message[at] + 1
  }
  const bytes = message.subarray(12, at + 5)
  const flags = message.readUInt16BE(2)
  return {
    id: message.readUInt16BE(0),
    flags,
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at + 1),
    bytes,
  }
}

function answerTo(question: Question, behaviour: DnsBehaviour, isStream: boolean): Buffer {
  const isTruncated = behaviour.truncate === true && !isStream
  const addresses = isTruncated || question.type !== TYPE_A ? [] : (behaviour.addresses ?? [])
  const head = Buffer.alloc(12)
  head.writeUInt16BE(question.id, 0)
  head.writeUInt16BE((question.flags | RESPONSE_BITS | (isTruncated ? 0x200 : 0) | (behaviour.rcode ?? 0)) & 0xffff, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(addresses.length, 6)
  const pointer = behaviour.loop === true ? 12 + question.bytes.length : 12
  const records = addresses.map((address) => {
    const record = Buffer.from([0xc0, pointer, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, 0, 0, 0, 0])
    for (const [index, part] of address.split('.').entries()) record[12 + index] = Number(part)
    return record
  })
  return Buffer.concat([head, question.bytes, ...records])
}

const behaviourOf = (name: string): DnsBehaviour =>
  behaviours.find(({ suffix = '' }) => name.endsWith(suffix)) ?? { suffix: '', rcode: 5 }

const udp = createSocket('udp4')
const elsewhere = createSocket('udp4')
udp.on('message', (message, from) => {
  const question = questionOf(message)
  const behaviour = behaviourOf(question.name)
  if (behaviour.silent === true) return
  const answer = answerTo(question, behaviour, false)
  const socket = behaviour.otherPort === true ? elsewhere : udp
  setTimeout(() => socket.send(answer, from.port, from.address), behaviour.delayMs ?? 0)
})

const tcp = createServer((socket) => {
  let held = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const question = questionOf(held.subarray(2, 2 + held.readUInt16BE(0)))
      held = held.subarray(2 + held.readUInt16BE(0))
      const answer = answerTo(question, behaviourOf(question.name), true)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(answer.length)
      socket.write(Buffer.concat([length, answer]))
    }
  })
})

elsewhere.bind(5353, '0.0.0.0')
udp.bind(53, '0.0.0.0', () => {
  if (behaviours.some(({ noTcp }) => noTcp === true)) process.stdout.write('ready\n')
  else tcp.listen(53, '0.0.0.0', () => process.stdout.write('ready\n'))
})
