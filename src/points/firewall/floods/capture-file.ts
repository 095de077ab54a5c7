import type { FloodSample, Mitigation } from '#detect'
import { VERSION } from '#kernel'
import { LINK_TYPE, PcapngWriter } from '#wire'

/** Packets of one capture at most. */
const PACKETS_MOST = 2000
const SECOND_MS = 1000
const NANOSECONDS = 1e6

/** The packets that a rule against a flood was made from, as a pcapng file whose comments say what they are evidence of. */
export function evidenceCapture(mitigation: Mitigation): Buffer {
  const pieces: Buffer[] = []
  // A piece is the writer's own, and written again.
  const writer = new PcapngWriter((piece) => pieces.push(Buffer.from(piece)), `Tidegate ${VERSION}`)
  const samples = mitigation.evidence.samples.slice(0, PACKETS_MOST)
  const interfaces = new Map<string, number>()
  for (const [at, sample] of samples.entries()) {
    const { interfaceName: name } = sample
    const index = interfaces.get(name) ?? writer.addInterface({ linkType: LINK_TYPE.ethernet, name })
    interfaces.set(name, index)
    const comment = at === 0 ? `${summary(mitigation)}\n${weightComment(sample)}` : weightComment(sample)
    writer.packet(index, written(sample), comment)
  }
  writer.end()
  return Buffer.concat(pieces)
}

function written({ timeMs, head, frameBytes }: FloodSample): Parameters<PcapngWriter['packet']>[1] {
  const seconds = Math.floor(timeMs / SECOND_MS)
  const nanoseconds = Math.floor((timeMs - seconds * SECOND_MS) * NANOSECONDS)
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.length)
  return { bytes, start: 0, end: bytes.length, seconds, nanoseconds, originalBytes: frameBytes }
}

function weightComment({ weight }: FloodSample): string {
  return weight <= 1 ? 'sampled packet of the flood' : `sampled packet of the flood; stands for ${Math.round(weight)}`
}

function summary({ id, when, step, destination, evidence }: Mitigation): string {
  const { counter, coverage, conditions, collateral, reason } = evidence
  const shares = conditions.map(
    ({ text, attackShare, baselineShare }) =>
      `  ${text}: ${share(attackShare)} of the flood, ${share(baselineShare)} of what is usual`,
  )
  return [
    `${id} (${step}) against a flood towards ${destination}: ${when}`,
    `${counter.class} packets towards ${counter.destination}: ${Math.round(counter.rate)} a second, above ${Math.round(counter.threshold)}`,
    `the rule matches ${share(coverage)} of the flood, and ${goodShare(collateral)}`,
    ...shares,
    reason,
  ].join('\n')
}

function goodShare({ of, share: hit, highest }: Mitigation['evidence']['collateral']): string {
  return of === 0 ? 'no good packet was there to ask' : `${share(hit)} of good packets (at most ${share(highest)})`
}

function share(value: number): string {
  return `${(value * 100).toFixed(value > 0 && value < 0.01 ? 3 : 1)} %`
}
