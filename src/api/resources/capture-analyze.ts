import { z } from 'zod'
import { TidegateError } from '#kernel'
import { analyzeBytesApart } from '#workbench'
import { ApiRefusal } from '../refusal.ts'
import { NO_PARAMETERS, route } from '../route.ts'

const BODY_BYTES = 64 * 1_048_576
/** Each takes memory for its body and its tables. */
const AT_ONCE = 2

const COUNTS = { flows: z.number(), packets: z.number(), bytes: z.number() }
const BOTH_SIDES = z.array(z.number()).describe('Of the client, then of the server.')

const FINDING = z
  .object({
    kind: z.string().describe('One of the reference of findings.'),
    severity: z.enum(['high', 'medium', 'low', 'info']),
    side: z.string().describe('Who has to change something.'),
    frames: z.array(z.number()).describe('Frames to look at, counted from 1.'),
    text: z.string(),
    next: z.string().describe('The test to make next.'),
    flows: z.array(z.string()),
  })
  .meta({ id: 'CaptureFinding' })

const EXPORTS = z
  .object({
    datagrams: z.number(),
    records: z.number(),
    packets: z.number().describe('What the records stand for, sampling applied.'),
    bytes: z.number(),
    repeatedDatagrams: z.number(),
    cutDatagrams: z.number(),
    unknownDatagrams: z.number().describe('Of versions that cannot be read.'),
    streamCount: z.number(),
    streams: z.array(
      z.object({
        protocol: z.enum(['netflow5', 'netflow9', 'ipfix', 'sflow5']),
        exporter: z.string(),
        sender: z.string(),
        collector: z.string(),
        domain: z.number().describe('Observation domain, source id, engine or sub-agent.'),
        datagrams: z.number(),
        records: z.number(),
        packets: z.number(),
        bytes: z.number(),
        templates: z.number(),
        setsWithoutTemplate: z.number(),
        lost: z.number().describe('What is missing by the sequence numbers.'),
        lostUnit: z.enum(['datagrams', 'flows', 'records']),
        countsByStandard: z.boolean().describe('False when it counts something else than its standard says.'),
        gaps: z.number(),
        late: z.number(),
        restarts: z.number(),
        malformed: z.number(),
        samplingRates: z.array(z.number()).describe('The lowest and the highest: one packet of so many.'),
        averageDelayMs: z.number().optional(),
        longestDelayMs: z.number().optional(),
        clockOffsetMs: z.number().optional().describe('Positive where its clock is ahead of that of the capture.'),
        firstFrame: z.number(),
        lastFrame: z.number(),
      }),
    ),
  })
  .describe('Flow exports: NetFlow, IPFIX, sFlow. Absent when there are none.')

const ANSWER = z.object({
  packets: z.number(),
  flows: z.number(),
  findings: z.array(FINDING).describe('Likely root causes first.'),
  refuted: z.array(z.string()).describe('What is not the reason, with the figures that say so.'),
  capture: z.object({
    start: z.string().optional(),
    durationMs: z.number(),
    bytes: z.number(),
    snappedPackets: z.number(),
    duplicateFrames: z.number(),
    droppedByCapture: z.number().optional(),
    interfaces: z.array(z.object({ name: z.string().optional(), linkType: z.number(), snapBytes: z.number() })),
    notes: z.array(z.string()),
  }),
  protocols: z.array(z.object({ protocol: z.string(), ...COUNTS })),
  conversations: z.array(z.object({ a: z.string(), b: z.string(), ...COUNTS })),
  topFlows: z.array(
    z.object({
      protocol: z.string(),
      client: z.string(),
      server: z.string(),
      content: z.string().optional(),
      startMs: z.number(),
      durationMs: z.number(),
      packets: BOTH_SIDES,
      bytes: BOTH_SIDES,
      roundTripMs: z.number().optional(),
      retransmissions: z.number(),
      close: z.string(),
      firstFrame: z.number(),
    }),
  ),
  timings: z.array(
    z.object({
      request: z.string(),
      server: z.string(),
      status: z.number().optional(),
      frame: z.number(),
      roundTripMs: z.number().optional(),
      clientMs: z.number().optional(),
      serverMs: z.number().optional(),
      transferMs: z.number().optional(),
      mostly: z.enum(['client', 'server', 'path', 'transfer', 'none']),
    }),
  ),
  exports: EXPORTS.optional(),
})

let running = 0

export const CAPTURE_ANALYZE = route({
  method: 'POST',
  path: '/api/v1/captures/analyze',
  scope: 'read',
  summary: 'What is wrong in the capture that is the body: pcap or pcapng, packed with gzip or not, at most 64 MiB.',
  bodyType: 'application/vnd.tcpdump.pcap',
  bodyBytes: BODY_BYTES,
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: ANSWER,
  handle: async ({ bytes }) => {
    if (running >= AT_ONCE) {
      throw new ApiRefusal(503, 'ERR_BUSY', `${AT_ONCE} captures are being analysed already`, {
        remedy: 'Try again in a moment.',
        headers: { 'retry-after': '2' },
      })
    }
    running++
    try {
      return forJson(await analyzeBytesApart(bytes))
    } catch (error) {
      if (error instanceof TidegateError && error.code === 'ERR_USAGE') {
        throw new ApiRefusal(422, 'ERR_REQUEST_INVALID', error.message, {
          remedy: 'Send a pcap or pcapng file as the body.',
        })
      }
      throw error
    } finally {
      running--
    }
  },
})

/** What JSON says: readonly lists and absent values are nothing special in it. */
function forJson(report: Awaited<ReturnType<typeof analyzeBytesApart>>): z.output<typeof ANSWER> {
  return JSON.parse(JSON.stringify(report)) as z.output<typeof ANSWER>
}
