import { PACKET_DIRECTIONS } from '#rules'
import { z } from 'zod'
import { firewallOf } from '../firewall-service.ts'
import { NO_PARAMETERS, route } from '../route.ts'

const COUNTER = z
  .object({
    phase: z.string().optional(),
    ruleId: z.string().optional().describe('Absent for packets that no rule decided about.'),
    action: z.string().optional(),
    isNote: z.literal(true).optional().describe('The rule only says that it matched: it logs, or is in `mode: log`.'),
    management: z.literal(true).optional().describe('Packets of `firewall.management`, which meet no rule.'),
    packets: z.number(),
    bytes: z.number(),
    over: z.number().describe('Of a rate limit: packets above the rate.'),
  })
  .meta({ id: 'PacketCounter' })

export const FIREWALL = route({
  method: 'GET',
  path: '/api/v1/firewall',
  scope: 'read',
  summary: 'What the packet filter runs, and what its rules counted; 404 where there is none.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: z.object({
    policyVersion: z.string().optional().describe('Absent while no rule runs.'),
    backend: z.enum(['xdp', 'nftables']).optional().describe('Absent while no rule runs.'),
    interfaces: z.array(
      z.object({
        name: z.string(),
        direction: z.enum(PACKET_DIRECTIONS),
        mode: z
          .enum(['native', 'generic', 'tcx', 'nftables'])
          .describe('`tcx` is eBPF before the queues of what goes out.'),
      }),
    ),
    notes: z.array(z.string()).describe('Such as why packets are not filtered in a faster way.'),
    memoryBytes: z.number(),
    sampling: z
      .object({ passed: z.number(), dropped: z.number(), samples: z.number() })
      .describe('Of every so many packets that pass or are dropped, one is sampled; samples that were looked at.'),
    deaths: z.number().describe('How often the process died and was started again.'),
    revertsAt: z.string().optional().describe('When the rules before come back unless these are confirmed.'),
    counters: z.array(COUNTER),
  }),
  handle: ({ services }) => {
    const { state, counters, sampling, deaths, revertsAtMs } = firewallOf(services).report()
    return {
      ...(state !== undefined && { policyVersion: state.policyVersion, backend: state.backend }),
      notes: [...(state?.notes ?? [])],
      interfaces: [...(state?.interfaces ?? [])],
      memoryBytes: state?.memoryBytes ?? 0,
      sampling: { ...sampling },
      deaths,
      ...(revertsAtMs !== undefined && { revertsAt: new Date(revertsAtMs).toISOString() }),
      counters: [...counters],
    }
  },
})

const LIMIT_MOST = 1000

export const FIREWALL_TOP = route({
  method: 'GET',
  path: '/api/v1/firewall/top',
  scope: 'read',
  summary: 'The heaviest flows of the last ten to twenty seconds, estimated from sampled packets.',
  pathSchema: NO_PARAMETERS,
  querySchema: z.strictObject({ limit: z.coerce.number().int().min(1).max(LIMIT_MOST).default(20) }),
  answerSchema: z.object({
    seconds: z.number().describe('How long was counted.'),
    flows: z.array(
      z.object({
        source: z.string(),
        destination: z.string(),
        protocol: z.number().describe('6 TCP, 17 UDP, ...; -1 when it cannot be told.'),
        destinationPort: z.number().optional(),
        interface: z.string(),
        direction: z.enum(PACKET_DIRECTIONS),
        verdict: z.enum(['pass', 'drop']),
        ruleId: z.string().optional().describe('Absent when no rule decided.'),
        packets: z.number(),
        bytes: z.number(),
      }),
    ),
  }),
  handle: ({ services, query }) => {
    const { seconds, flows } = firewallOf(services).top(query.limit)
    return {
      seconds,
      flows: flows.map(({ isDropped, destinationPort, interfaceName, ruleId, packets, bytes, ...flow }) => ({
        ...flow,
        interface: interfaceName,
        ...(destinationPort !== undefined && { destinationPort }),
        verdict: isDropped ? ('drop' as const) : ('pass' as const),
        ...(ruleId !== undefined && { ruleId }),
        packets: Math.round(packets),
        bytes: Math.round(bytes),
      })),
    }
  },
})

export const FIREWALL_CONFIRM = route({
  method: 'POST',
  path: '/api/v1/firewall/confirm',
  scope: 'admin',
  summary: 'Keeps the packet rules that run: they are not taken back.',
  pathSchema: NO_PARAMETERS,
  querySchema: NO_PARAMETERS,
  answerSchema: z.object({ confirmed: z.boolean().describe('False when there was nothing to confirm.') }),
  handle: ({ services }) => ({ confirmed: firewallOf(services).confirm() }),
})
