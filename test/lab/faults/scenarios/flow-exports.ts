import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { LINK_TYPE, Packet } from '#wire'
import { ethernet, ipv4, tcp, TCP_FLAG } from '../../../../src/wire/packet/testing/index.ts'
import { captureOf, type EditableFrame, framesOf } from '../capture-edit.ts'
import type { Lab, Scenario } from '../scenario.ts'

const COLLECTOR_PORT = 2055
const CONNECTIONS = 300
const MILLISECOND_NS = 1_000_000n

/** What an exporter is to tell of: short connections of the last minute. */
function trafficFile({ folder, dice }: Lab): string {
  const { syn, ack, fin } = TCP_FLAG
  const startNs = BigInt(Date.now() - 60_000) * MILLISECOND_NS
  const frames = Array.from({ length: CONNECTIONS }, (_, index) => {
    const [client, server] = [`198.51.100.${dice.between(1, 250)}`, '203.0.113.9']
    const [there, back] = [
      { source: client, destination: server },
      { source: server, destination: client },
    ]
    const up = { sourcePort: 20_000 + index, destinationPort: 443 }
    const down = { sourcePort: 443, destinationPort: 20_000 + index }
    const packets = [
      ipv4(there, tcp({ ...up, flags: syn })),
      ipv4(back, tcp({ ...down, flags: syn | ack })),
      ipv4(there, tcp({ ...up, flags: ack, payload: Buffer.alloc(dice.between(100, 900)) })),
      ipv4(there, tcp({ ...up, flags: fin | ack })),
      ipv4(back, tcp({ ...down, flags: fin | ack })),
    ]
    return packets.map((packet, at): EditableFrame => {
      const bytes = ethernet(packet)
      return { bytes, originalBytes: bytes.length, timeNs: startNs + BigInt(index * 100 + at * 4) * MILLISECOND_NS }
    })
  }).flat()
  const file = path.join(folder, 'traffic.pcap')
  writeFileSync(file, captureOf(frames))
  return file
}

/** An exporter that tells a collector of some connections, `runs` times. */
function softflowd(version: 5 | 9 | 10, runs: number = 1): Pick<Scenario, 'prepare' | 'make'> {
  return {
    prepare: async ({ network: { server } }) =>
      void (await server.start(['nc', '-v', '-n', '-k', '-u', '-l', String(COLLECTOR_PORT)], /Bound/)),
    make: async (lab) => {
      const { client, server } = lab.network
      const file = trafficFile(lab)
      const options = ['-n', `${server.ipv4}:${COLLECTOR_PORT}`, '-v', String(version), '-d']
      for (let run = 0; run < runs; run++) await client.run(['softflowd', '-r', file, ...options])
    },
  }
}

const packet = new Packet('outer')

/** The exports among the frames, one by one, may be changed; undefined leaves one out. */
function editExports(edit: (payload: Buffer, index: number) => Buffer | undefined): (file: Buffer) => Buffer {
  return (file) => {
    let index = 0
    const frames = framesOf(file).flatMap((frame) => {
      packet.read(frame.bytes, 0, frame.bytes.length, LINK_TYPE.ethernet, frame.originalBytes)
      if (packet.destinationPort !== COLLECTOR_PORT || packet.payloadBytes <= 0) return [frame]
      return edit(frame.bytes.subarray(packet.payloadStart, packet.payloadEnd), index++) === undefined ? [] : [frame]
    })
    return captureOf(frames)
  }
}

const NETFLOW9_HEAD_BYTES = 20
/** Sets with lower numbers hold templates. */
const FIRST_DATA_SET = 256

/** Exporters whose datagrams were lost or spoilt on the way. */
export const FLOW_EXPORTS: readonly Scenario[] = [
  ...([5, 9, 10] as const).map((version): Scenario => ({
    ...softflowd(version),
    name: `exports-${version}-lost-on-the-way`,
    expects: ['export-lost'],
    points: ['server'],
    wire: (dice) => ({ up: { delayMs: 5, loseFrames: [dice.between(3, 5), 6, 7] } }),
  })),
  {
    ...softflowd(9),
    name: 'exports-without-template',
    expects: ['export-template-missing'],
    rewrite: editExports((payload) =>
      payload.readUInt16BE(NETFLOW9_HEAD_BYTES) < FIRST_DATA_SET ? undefined : payload,
    ),
  },
  { ...softflowd(9, 2), name: 'exporter-started-again', expects: ['export-restarted'] },
  {
    ...softflowd(9),
    name: 'exports-with-a-wrong-length',
    expects: ['export-malformed'],
    rewrite: editExports((payload, index) => {
      if (index === 4) payload.writeUInt16BE(payload.readUInt16BE(NETFLOW9_HEAD_BYTES + 2) + 4, NETFLOW9_HEAD_BYTES + 2)
      return payload
    }),
  },
]

/** Exporters as they should be. */
export const CLEAN_FLOW_EXPORTS: readonly Scenario[] = ([5, 9, 10] as const).map((version) => ({
  ...softflowd(version),
  name: `clean-exports-${version}`,
  expects: [],
}))
