import type { FlowRecord } from '#detect'
import type { Evidence } from './evidence.ts'
import { counted, duration, flowIds, framesOf, isTcp, percent, SECOND } from './figures.ts'
import type { FindingDraft, FindingKind, FindingRule } from './finding.ts'

/** Single packets of one side are what scans and strays look like; a conversation has more. */
const CONVERSATION_PACKETS = 3
const DUPLICATE_SHARE = 0.02
/** Where nearly all connections are one-sided, so is everything else. */
const ALL_SHARE = 0.9
/** A clock that was set makes all times across that place meaningless; a smaller step does not. */
const CLOCK_SET_NS = SECOND
const DUPLICATES_LEAST = 5

const UNSEEN_SIDE = [
  'tcp-syn-unanswered',
  'tcp-syn-ack-unanswered',
  'dns-unanswered',
  'http-unanswered',
  'tls-handshake-unanswered',
  'tcp-connection-stalled',
  'icmp-echo-unanswered',
  'slow-server',
  'slow-client',
  'capture-loss',
  'http-response-cut',
  'tls-handshake-closed',
  'tcp-reset-by-client',
  'tcp-reset-by-server',
  'quic-blocked',
  'tcp-retransmission-timeout',
  'tcp-idle-dropped',
  'tcp-listen-queue-full',
  'path-mtu-black-hole',
  'tcp-retransmission-spurious',
  'tcp-retransmission-fast',
  'tls-handshake-reset',
  'http-malformed',
  'tcp-reordering',
]
/** What parts of messages look like when the rest is not there. */
const PARTIAL = ['http-response-cut', 'http-malformed', 'http-smuggling-like', 'tls-malformed', 'dns-malformed']
const LOST_BYTES = [
  ...PARTIAL,
  'tls-handshake-closed',
  'path-mtu-black-hole',
  'tcp-reordering',
  'dns-unanswered',
  'tcp-retransmission-spurious',
  'http-unanswered',
  'slow-server',
  'tcp-reset-by-server',
  'tcp-reset-by-client',
]

const KINDS = {
  'capture-one-sided': {
    severity: 'medium',
    side: 'capture',
    meaning: 'Only one direction of connections was captured, although the other exists: its bytes are acknowledged.',
    next: 'Capture where both directions pass: with asymmetric routes at the hosts themselves; at a mirror port mirror both directions.',
    explains: UNSEEN_SIDE,
  },
  'capture-loss': {
    severity: 'medium',
    side: 'capture',
    meaning: 'The capture lacks packets that the hosts had: the receiver acknowledged bytes that are not in the file.',
    next: 'Capture with a larger buffer (`tcpdump -B 65536`), fewer bytes a packet (`-s 128`), a filter, and write to a fast disk.',
    explains: LOST_BYTES,
  },
  'capture-snapped': {
    severity: 'info',
    side: 'capture',
    meaning: 'The capture kept only the beginning of each packet: what stands behind cannot be judged.',
    next: 'Capture again without limit (`tcpdump -s 0`) when the contents matter.',
    explains: [...PARTIAL, 'packets-malformed', 'wrong-protocol-on-port'],
  },
  'capture-truncated': {
    severity: 'low',
    side: 'capture',
    meaning:
      'The file ends inside a record: it was cut when it was copied, the disk was full, or the capturing program was killed.',
    next: 'Copy the file again and compare the lengths; stop tcpdump with Ctrl-C so that it writes its last packets.',
  },
  'capture-damaged': {
    severity: 'medium',
    side: 'capture',
    meaning: 'A record of the file says a length or an interface that cannot be: what follows cannot be read.',
    next: 'Get the file again from where it was made; transfers in text mode and failing disks damage files like this.',
    explains: ['tcp-checksum-damaged', 'packets-malformed', 'tcp-overlap-conflict', 'capture-link-type-unknown'],
  },
  'capture-empty': {
    severity: 'low',
    side: 'capture',
    meaning: 'There is no packet in the file.',
    next: 'Check interface and filter of the capture: `tcpdump -D` lists the interfaces, `-i any` takes all.',
  },
  'capture-time-backwards': {
    severity: 'low',
    side: 'capture',
    meaning:
      'Packets are earlier than the ones before them: the clock was set, or files were joined out of order. Times across that place say nothing.',
    next: 'Put files together with `mergecap`, or sort them with `reordercap`; see whether the clock was set at that second.',
    explains: [
      'slow-server',
      'slow-client',
      'high-rtt',
      'dns-slow',
      'tcp-retransmission-timeout',
      'tcp-retransmission-spurious',
      'tcp-idle-dropped',
      'tcp-reordering',
      'path-queueing',
    ],
  },
  'capture-duplicate-frames': {
    severity: 'low',
    side: 'capture',
    meaning:
      'Packets were captured twice: at two interfaces at once, or at a mirror port that mirrors both of its ends.',
    next: 'Capture at one interface only (not `-i any`), or remove doubles with `editcap -d`.',
    explains: ['tcp-duplicated-segments', 'tcp-retransmission-spurious', 'arp-address-conflict', 'dns-hijack-like'],
  },
  'capture-link-type-unknown': {
    severity: 'low',
    side: 'capture',
    meaning: 'Frames are of a link type that Tidegate does not read.',
    next: 'Open the file with Wireshark, or capture at an Ethernet interface.',
  },
} as const satisfies Readonly<Record<string, FindingKind>>

/** What is wrong with the capture itself, and would be taken for a fault of the network. */
export const CAPTURE: FindingRule = {
  kinds: KINDS,
  find: (evidence) => [...file(evidence), ...oneSided(evidence), ...lost(evidence), ...frames(evidence)],
}

function whole(kind: keyof typeof KINDS, numbers: readonly number[], text: string): FindingDraft {
  return { kind, frames: numbers, scope: { everything: true }, text }
}

function file({ capture: { notes, packets } }: Evidence): FindingDraft[] {
  const cut = notes.filter(({ fault }) => fault === 'truncated')
  const damaged = notes.filter(({ fault }) => fault !== 'truncated')
  const drafts: FindingDraft[] = []
  if (damaged.length > 0)
    drafts.push(
      whole(
        'capture-damaged',
        lastFrame(packets),
        `At byte ${damaged[0].offsetBytes} of the file ${damaged[0].detail}${damaged.length > 1 ? `, and ${counted(damaged.length - 1, 'more place')}` : ''}; ${counted(packets, 'packet')} could be read.`,
      ),
    )
  if (cut.length > 0)
    drafts.push(
      whole(
        'capture-truncated',
        lastFrame(packets),
        `The file ends too early, behind frame ${packets}: ${cut[0].detail}.`,
      ),
    )
  if (packets === 0 && notes.length === 0) drafts.push(whole('capture-empty', [], 'The file holds no packet.'))
  return drafts
}

function lastFrame(packets: number): number[] {
  return packets > 0 ? [packets] : []
}

/** A side that acknowledges, or goes on behind its SYN, has an other side that answered. */
function isOneSided({ sides, close }: FlowRecord): boolean {
  const [client, server] = sides
  if (client.packets > 0 && server.packets > 0) return false
  const seen = client.packets > 0 ? client : server
  if (close === 'unanswered' && seen.packets <= seen.synCount) return false
  // Of segments whose headers are broken nothing is known, windows neither.
  if (seen.largestWindowBytes === undefined) return false
  return (
    seen.packets - seen.synCount >= CONVERSATION_PACKETS ||
    (seen.packets - seen.synCount >= 2 && (seen.synCount > 0 || seen.payloadBytes > 0))
  )
}

function oneSided({ flows }: Evidence): FindingDraft[] {
  const tcp = flows.filter((flow) => isTcp(flow))
  const single = tcp.filter(isOneSided)
  if (single.length === 0) return []
  const clients = single.filter(({ sides }) => sides[0].packets > 0).length
  const which = clients === single.length ? "the clients'" : clients === 0 ? "the servers'" : 'one'
  return [
    {
      kind: 'capture-one-sided',
      severity: single.length * 2 >= tcp.length ? 'medium' : 'low',
      frames: framesOf(...single.flatMap(({ first, last }) => [first, last])),
      scope: single.length >= tcp.length * ALL_SHARE ? { everything: true } : { flows: flowIds(single) },
      weight: single.length,
      text: `Of ${single.length} of ${counted(tcp.length, 'TCP connection')} only ${which} packets are in the capture, though the other side's are acknowledged.`,
    },
  ]
}

function lost({ flows, capture: { droppedByCapture, packets } }: Evidence): FindingDraft[] {
  const holed = flows.filter((flow) =>
    flow.sides.some(({ losses, packets: sent }) => losses.captureGaps > 0 && sent > 0),
  )
  const gaps = holed.reduce((sum, { sides }) => sum + sides[0].losses.captureGaps + sides[1].losses.captureGaps, 0)
  const bytes = holed.reduce(
    (sum, { sides }) => sum + sides[0].losses.captureLostBytes + sides[1].losses.captureLostBytes,
    0,
  )
  if (gaps === 0 && (droppedByCapture ?? 0) === 0) return []
  const said =
    droppedByCapture === undefined || droppedByCapture === 0
      ? ''
      : `The capturing program says that it missed ${counted(droppedByCapture, 'packet')}`
  const seen =
    gaps === 0
      ? ''
      : `${counted(bytes, 'byte')} at ${counted(gaps, 'place')} of ${counted(holed.length, 'connection')} were acknowledged and are not in the file`
  return [
    {
      kind: 'capture-loss',
      severity: Math.max(gaps, droppedByCapture ?? 0) / packets > 0.001 || packets < 1000 ? 'medium' : 'low',
      frames: framesOf(...holed.flatMap(({ sides }) => sides.flatMap(({ losses }) => losses.captureGapFrames))),
      scope: { flows: flowIds(holed) },
      weight: gaps,
      text: `${[said, seen].filter((part) => part !== '').join('; ')}.`,
    },
  ]
}

function frames({ capture }: Evidence): FindingDraft[] {
  const { packets, snapped, headersSnapped, backwards, duplicates, unknownLinkTypes } = capture
  const drafts: FindingDraft[] = []
  if (snapped.count > 0) {
    const cut = headersSnapped.count > 0 ? `, ${headersSnapped.count} of them inside their headers` : ''
    drafts.push({
      ...whole(
        'capture-snapped',
        snapped.frames,
        `Of ${snapped.count} of ${counted(packets, 'packet')} only the beginning was kept${cut}.`,
      ),
      severity: headersSnapped.count > packets / 10 ? 'medium' : 'info',
    })
  }
  if (backwards.count > 0) {
    drafts.push({
      kind: 'capture-time-backwards',
      frames: backwards.frames,
      scope: backwards.largestNs >= CLOCK_SET_NS ? { everything: true } : {},
      text: `${counted(backwards.count, 'frame')} ${backwards.count === 1 ? 'is' : 'are'} earlier than the one before, by up to ${duration(backwards.largestNs)}.`,
    })
  }
  if (duplicates.count >= DUPLICATES_LEAST && duplicates.count / packets >= DUPLICATE_SHARE)
    drafts.push(
      whole(
        'capture-duplicate-frames',
        duplicates.frames,
        `${counted(duplicates.count, 'frame')} (${percent(duplicates.count, packets)}) show a packet again that was captured before.`,
      ),
    )
  if (unknownLinkTypes.count > 0)
    drafts.push(
      whole(
        'capture-link-type-unknown',
        unknownLinkTypes.frames,
        `${counted(unknownLinkTypes.count, 'frame')} ${unknownLinkTypes.count === 1 ? 'is' : 'are'} of a link type that cannot be read.`,
      ),
    )
  return drafts
}
