import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'
import { PACKET_READERS } from '#detect'
import type { FieldValue } from '#fields'
import { formatIp, type IpAddress, Packet, parseIp, PcapngWriter } from '#wire'
import { skipWithout } from '../debian-tools.ts'
import { randomIpPacket } from './packets/random-frame.ts'
import { type LinkFrame, randomLink } from './packets/random-link.ts'
import { COMPARED_FIELDS, type ComparedField } from './packets/wireshark-fields.ts'
import { Random } from './random.ts'

const FRAMES = 5000
const OUTPUT_BYTES = 200_000_000
// Wireshark refuses a file with frames that are shorter than what some link types put before them.
const SHORTEST_CUT_BYTES = 20

const run = promisify(execFile)

interface TestFrame extends LinkFrame {
  readonly originalBytes: number
}

/** A pcapng file with one interface for each link type. */
function captureOf(frames: readonly TestFrame[]): Buffer {
  const pieces: Buffer[] = []
  const writer = new PcapngWriter((bytes) => pieces.push(bytes), 'test')
  const interfaces = new Map<number, number>()
  for (const { linkType } of frames) {
    if (!interfaces.has(linkType)) interfaces.set(linkType, writer.addInterface({ linkType }))
  }
  for (const [index, { linkType, bytes, originalBytes }] of frames.entries()) {
    const time = { seconds: 1_700_000_000 + index, nanoseconds: index }
    writer.packet(interfaces.get(linkType)!, { bytes, start: 0, end: bytes.length, originalBytes, ...time })
  }
  writer.end()
  return Buffer.concat(pieces)
}

/** For each frame, for each field, all the values that Wireshark shows. */
async function wiresharkValues(file: string, names: readonly string[]): Promise<string[][][]> {
  const preferences = [
    'ip.defragment:FALSE',
    'ipv6.defragment:FALSE',
    'tcp.relative_sequence_numbers:FALSE',
    'tcp.desegment_tcp_streams:FALSE',
  ]
  const options = preferences.flatMap((preference) => ['-o', preference])
  const format = ['-T', 'fields', '-E', 'occurrence=a', '-E', 'aggregator=;', '-E', 'separator=/t']
  const wanted = names.flatMap((name) => ['-e', name])
  const { stdout } = await run('tshark', ['-n', '-r', file, ...options, ...format, ...wanted], {
    maxBuffer: OUTPUT_BYTES,
  })
  const lines = stdout.split('\n').slice(0, -1)
  return lines.map((line) => line.split('\t').map((cell) => (cell === '' ? [] : cell.split(';'))))
}

function isAddress(name: string): boolean {
  return /(?:src|dst|ipv4)$/.test(name) && !name.startsWith('eth.')
}

/** Our value as Wireshark writes it. */
function shownByUs(value: FieldValue | undefined, name: string): string {
  if (value === undefined) return ''
  if (name === 'tcp.options') return Buffer.from(String(value), 'latin1').toString('hex')
  if (typeof value === 'boolean') return value ? '1' : '0'
  return isAddress(name) ? formatIp(value as IpAddress) : String(value)
}

function shownByWireshark(text: string | undefined, name: string): string {
  if (text === undefined || text === '<MISSING>') return ''
  if (text === 'True' || text === 'False') return text === 'True' ? '1' : '0'
  // It writes the last half of some IPv6 addresses as an IPv4 address.
  if (isAddress(name)) return formatIp(parseIp(text)!)
  return /^0x[0-9a-f]+$/.test(text) ? String(Number(text)) : text
}

/** `whole` frames must show the same; of damaged ones it is enough that what both show is the same. */
function difference(
  packet: Packet,
  field: ComparedField,
  shown: readonly string[],
  isWhole: boolean,
): string | undefined {
  if (!field.compares(packet)) return undefined
  const ours = shownByUs(PACKET_READERS.read[field.ours](packet), field.ours)
  const theirs = shownByWireshark(shown[field.occurrence(packet)], field.ours)
  // The headers around a tunnel are shown there, and not by us.
  if (ours === '' && packet.tunnelDepth > 0) return undefined
  // An option that is longer than it should be we read as nftables does.
  if (!isWhole && (ours === '' || theirs === '' || field.ours.startsWith('tcp.options.'))) return undefined
  return ours === theirs ? undefined : `${field.ours}: "${ours}", Wireshark "${shown.join(';')}"`
}

/** Checks every field of every frame; returns how many values were compared. */
async function compareFrames(frames: readonly TestFrame[], isWhole: boolean): Promise<number> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-frames-'))
  try {
    const file = path.join(folder, 'frames.pcapng')
    writeFileSync(file, captureOf(frames))
    const names = COMPARED_FIELDS.map(({ wireshark }) => wireshark)
    const values = await wiresharkValues(file, names)
    assert.equal(values.length, frames.length)
    const packet = new Packet('deep')
    const differences: string[] = []
    let compared = 0
    for (const [index, { linkType, bytes, originalBytes }] of frames.entries()) {
      packet.frameNumber = index + 1
      packet.read(bytes, 0, bytes.length, linkType, originalBytes)
      for (const [column, field] of COMPARED_FIELDS.entries()) {
        const shown = values[index][column]
        const text = difference(packet, field, shown, isWhole)
        if (text !== undefined)
          differences.push(`frame ${index + 1}, link ${linkType}, ${text}: ${bytes.toString('hex')}`)
        if (shown.length > 0 && field.compares(packet)) compared++
      }
    }
    assert.deepEqual(differences.slice(0, 20), [], `${differences.length} differences`)
    return compared
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function randomFrames(random: Random): TestFrame[] {
  return Array.from({ length: FRAMES }, () => {
    const frame = randomLink(random, randomIpPacket(random))
    return { ...frame, originalBytes: frame.bytes.length }
  })
}

test('fields of generated frames are those that Wireshark shows', { skip: skipWithout('tshark') }, async () => {
  const compared = await compareFrames(randomFrames(new Random(20_261_122)), true)
  assert.ok(compared > 100_000, `only ${compared} values were compared`)
})

test('of frames that the capture cut off nothing wrong is shown', { skip: skipWithout('tshark') }, async () => {
  const random = new Random(1)
  const frames = randomFrames(random).map((frame) => ({
    ...frame,
    bytes: frame.bytes.subarray(0, SHORTEST_CUT_BYTES + random.below(frame.bytes.length)),
  }))
  await compareFrames(frames, false)
})

test('of frames with damaged bytes nothing wrong is shown', { skip: skipWithout('tshark') }, async () => {
  const random = new Random(2)
  const frames = randomFrames(random)
  for (const { bytes } of frames) {
    for (let changes = 1 + random.below(3); changes > 0; changes--)
      bytes[random.below(bytes.length)] = random.below(256)
  }
  await compareFrames(frames, false)
})
