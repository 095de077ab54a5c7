import { counted, flowText, framesOf } from './figures.ts'
import type { FindingRule } from './finding.ts'

/** Bytes that are not what their sender meant. */
export const TCP_CONTENT: FindingRule = {
  kinds: {
    'tcp-overlap-conflict': {
      severity: 'high',
      side: 'attacker',
      meaning:
        'The same place of a stream was sent twice with different bytes: somebody injects data, or hides from devices that look into streams.',
      next: 'Compare the two segments byte by byte, and their TTL: an injected one usually has another. See which of them the receiver took.',
      explains: [
        'tcp-retransmission-spurious',
        'tcp-retransmission-fast',
        'tcp-retransmission-timeout',
        'capture-duplicate-frames',
      ],
    },
    'tcp-checksum-damaged': {
      severity: 'medium',
      side: 'path',
      meaning:
        'Segments arrive with wrong checksums, and are dropped and sent again: something on the way damages packets.',
      next: 'Look at the counters of CRC errors of cables, switch ports and network cards on the way; replace what counts them.',
      explains: [
        'tcp-retransmission-fast',
        'tcp-retransmission-timeout',
        'tcp-retransmission-spurious',
        'tcp-reordering',
        'tcp-overlap-conflict',
      ],
    },
  },
  find: ({ flows, badChecksums }) => {
    const conflicts = flows.flatMap(({ ends, sides }) =>
      sides
        .filter(({ losses }) => losses.conflictingBytes > 0 && !badChecksums.flows.has(ends.id))
        .map(({ losses }, index) => ({
          kind: 'tcp-overlap-conflict',
          frames: framesOf(losses.conflict),
          scope: { flows: new Set([ends.id]) },
          weight: losses.conflictingBytes + index,
          text: `${flowText(ends)}: ${counted(losses.conflictingBytes, 'byte')} were sent again with another content.`,
        })),
    )
    if (badChecksums.count === 0) return conflicts
    const damaged = {
      kind: 'tcp-checksum-damaged',
      frames: badChecksums.frames,
      scope: { flows: badChecksums.flows },
      weight: badChecksums.count,
      text: `${counted(badChecksums.count, 'segment')} with payload of ${counted(badChecksums.flows.size, 'connection')} have a wrong checksum, while others of the same senders are right.`,
    }
    return [...conflicts, damaged]
  },
}
