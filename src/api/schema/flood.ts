import { z } from 'zod'
import { FLOOD_CLASSES } from '#detect'

const CLASS = z.enum(FLOOD_CLASSES).describe('What kind of packets there are too many of.')
const SHARE = z.number().min(0).max(1)

const COUNTER = z
  .object({
    class: CLASS,
    destination: z.string(),
    rate: z.number().describe('Packets a second when the flood was found.'),
    threshold: z.number().describe('What the rate had to be above.'),
    test: z
      .enum(['default', 'byHand', 'percentile', 'deviation'])
      .describe('Which test the rate failed: a default or own threshold, or a comparison with what is usual.'),
    baseline: z
      .object({ mean: z.number(), percentile95: z.number(), learntMs: z.number() })
      .optional()
      .describe('What is usual; absent when nothing was learnt.'),
    windowMs: z.number(),
  })
  .meta({ id: 'FloodCounter' })

const EVIDENCE = z.object({
  counter: COUNTER,
  sampledPackets: z.number(),
  estimatedPackets: z.number().describe('Packets that the samples stand for.'),
  sources: z.number().describe('Different sources among the samples.'),
  coverage: SHARE.describe('What part of the flood the rule matches.'),
  conditions: z.array(
    z.object({
      text: z.string(),
      attackShare: SHARE.describe('Share of the flood that fulfils it.'),
      baselineShare: SHARE.describe('Share of the usual packets that do.'),
    }),
  ),
  collateral: z
    .object({
      matched: z.number(),
      of: z.number(),
      share: SHARE,
      lowest: SHARE,
      highest: SHARE,
      source: z.enum(['destination', 'everywhere', 'general']),
    })
    .describe('Good packets that the rule would have hit, with the 95 % interval of their share.'),
  reason: z.string().describe('Why this step was taken.'),
})

export const MITIGATION_SCHEMA = z
  .object({
    id: z.string().describe('Also the id of its rule.'),
    attackId: z.string(),
    active: z.boolean(),
    when: z.string(),
    action: z.union([z.string(), z.looseObject({})]).describe('As in a policy file.'),
    step: z.enum(['log', 'limitSource', 'limitDestination', 'limitSignature', 'drop', 'synCookie']),
    destination: z.string(),
    class: CLASS,
    createdAt: z.string(),
    expiresAt: z.string().optional().describe('When it ends if nothing matches it any more.'),
    endedAt: z.string().optional(),
    endedBy: z.enum(['expired', 'vetoed', 'promoted', 'replaced', 'off']).optional(),
    pinned: z.boolean().describe('It does not expire.'),
    rearmed: z.number().describe('How often the same flood came back.'),
    packets: z.number().optional().describe('Packets that its rule matched.'),
    evidence: EVIDENCE,
    capture: z.string().optional().describe('File with the packets of the evidence, on the machine of the server.'),
  })
  .meta({ id: 'Mitigation' })

export const ATTACK_SCHEMA = z
  .object({
    id: z.string(),
    destination: z.string(),
    class: CLASS,
    began: z.string(),
    rate: z.number().describe('Packets a second now.'),
    peakRate: z.number(),
    passedRate: z.number().describe('Packets a second that are let pass.'),
    counter: COUNTER,
    mitigationIds: z.array(z.string()),
    unmitigated: z.string().optional().describe('Why nothing is done about it.'),
  })
  .meta({ id: 'FloodAttack' })

export const VETO_SCHEMA = z.object({
  id: z.string(),
  when: z.string(),
  destination: z.string(),
  vetoedAt: z.string(),
})

export type MitigationJson = z.output<typeof MITIGATION_SCHEMA>
export type AttackJson = z.output<typeof ATTACK_SCHEMA>
export type VetoJson = z.output<typeof VETO_SCHEMA>
