import assert from 'node:assert/strict'
import test from 'node:test'
import { FIELD_BY_NAME } from '#fields'
import { checkBpf, checkNft, compilePredicate, parseExpression } from '#rules'
import { Packet } from '#wire'
import { PACKET_READERS } from '../packet/readers.ts'
import { COLUMNS, readRow } from './columns.ts'
import { type Condition, conditionText, fulfils } from './condition.ts'
import { classOf, type FloodClass } from './flood-class.ts'
import { RandomNumbers } from './random.ts'
import { readSample } from './sample-ring.ts'
import { attackOf, hostOf, type Mix, MIXES } from './testing/mixes.ts'
import type { Frame } from './testing/frame.ts'

const SPAN_MS = 60

function framesOf(mix: Mix, random: RandomNumbers): readonly Frame[] {
  const traffics = [...mix.good(hostOf(mix), 0), ...[attackOf(mix, 0, random)].filter((each) => each !== undefined)]
  return traffics.flatMap((traffic) => [...traffic.frames(0, SPAN_MS, random)]).slice(0, 120)
}

function read(packet: Packet, frame: Frame): Float64Array {
  readSample(packet, { ...frame, timeMs: 0, isDropped: false, weight: 1, interfaceName: 'eth0' })
  const row = new Float64Array(COLUMNS.length)
  readRow(packet, row, 0)
  return row
}

/** Conditions as the search makes them, from values that occur. */
function conditionsOf(column: number, values: readonly number[], random: RandomNumbers): readonly Condition[] {
  const { kind } = COLUMNS[column]
  if (kind === 'flag') return [false, true].map((isOutside) => ({ column, ranges: [[1, 1]], isOutside }))
  const [first, second, third] = [0, 1, 2].map(() => random.pick(values))
  const [least, most] = [Math.min(first, second), Math.max(first, second)]
  const single: Condition = { column, ranges: [[first, first]], isOutside: false }
  const some = [...new Set([first, second, third])].sort((left, right) => left - right)
  const set: Condition = { column, ranges: some.map((value) => [value, value]), isOutside: false }
  if (kind === 'identity') return [single, set]
  if (kind === 'source') return [single, set, { ...set, isOutside: true }]
  return [single, set, { ...set, isOutside: true }, { column, ranges: [[least, most]], isOutside: false }]
}

test('a condition means in the rules language what it means for a row, and the kernel can ask it', () => {
  const random = new RandomNumbers(7)
  const packet = new Packet('outer')
  let compared = 0
  for (const mix of MIXES) {
    const frames = framesOf(mix, random)
    const rows = frames.map((frame) => read(packet, frame))
    for (const [column, { name }] of COLUMNS.entries()) {
      const values = rows.map((row) => row[column]).filter((value) => value >= 0)
      if (values.length === 0) continue
      for (const condition of conditionsOf(column, values, random)) {
        compared += compare(condition, frames, rows, `${mix.name}: ${name}`)
      }
    }
  }
  assert.ok(compared > 10_000)
})

/** Compares by class, since names of fields are those of one. */
function compare(condition: Condition, frames: readonly Frame[], rows: readonly Float64Array[], why: string): number {
  const packet = new Packet('outer')
  const predicates = new Map<string, (packet: Packet) => boolean>()
  const predicateOf = (kind: FloodClass, isIpv4: boolean): ((packet: Packet) => boolean) => {
    const text = conditionText(condition, { class: kind, isIpv4 })
    const known = predicates.get(text)
    if (known !== undefined) return known
    const parsed = parseExpression(text, { fields: FIELD_BY_NAME, point: 'firewall' })
    assert.ok(parsed.ok, `${why}: ${text}`)
    assert.equal(checkBpf(parsed.expression), undefined, text)
    assert.equal(checkNft(parsed.expression), undefined, text)
    const predicate = compilePredicate<Packet>(parsed.expression, { readers: PACKET_READERS, lists: new Map() })
    predicates.set(text, predicate)
    return predicate
  }
  for (const [index, frame] of frames.entries()) {
    read(packet, frame)
    const predicate = predicateOf(classOf(packet), packet.ipVersion === 4)
    assert.equal(
      predicate(packet),
      fulfils(condition, rows[index][condition.column]),
      `${why} ${[...predicates.keys()].at(-1)}`,
    )
  }
  return frames.length
}
