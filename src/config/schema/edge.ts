import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { HTTP2_SCHEMA, LIMITS_SCHEMA, TIMEOUTS_SCHEMA } from './limits.ts'
import { CERTIFICATE_SCHEMA, LISTENER_SCHEMA } from './listener.ts'
import { SITE_SCHEMA } from './site.ts'
import { environmentVariable, network } from './units.ts'
import { EDGE_WAF_SCHEMA } from './waf.ts'

export const EDGE_SCHEMA = z.strictObject({
  workers: z
    .int()
    .min(1)
    .max(64)
    .prefault(Math.min(availableParallelism(), 4))
    .meta({ defaultText: 'the number of processors, at most 4' })
    .describe('Worker threads that carry traffic.'),
  listeners: z.array(LISTENER_SCHEMA).min(1).describe('Where clients connect.'),
  certificates: z
    .array(CERTIFICATE_SCHEMA)
    .prefault([])
    .describe('Certificates of the TLS listeners; the first one answers clients that send no name.'),
  sites: z.array(SITE_SCHEMA).min(1).describe('Applications behind the edge, chosen by host name.'),
  trustedProxies: z
    .array(network())
    .prefault([])
    .describe('Addresses of proxies in front, whose X-Forwarded-For and Forwarded headers are believed.'),
  waf: EDGE_WAF_SCHEMA.prefault({}).describe('Where the rules of the WAF come from.'),
  testTokenEnv: environmentVariable()
    .optional()
    .describe(
      'Environment variable that holds a secret. Answers to requests whose header Tidegate-Test is equal to it tell in Tidegate-Waf which rules of the WAF matched.',
    ),
  limits: LIMITS_SCHEMA.prefault({}).describe('Bounds of messages and connections.'),
  timeouts: TIMEOUTS_SCHEMA.prefault({}).describe('How long each step may take.'),
  http2: HTTP2_SCHEMA.prefault({}).describe('Bounds of HTTP/2 connections.'),
})

/** The reverse proxy of a machine that has none: no listener, no worker. */
export const NO_EDGE: z.output<typeof EDGE_SCHEMA> = {
  ...EDGE_SCHEMA.omit({ listeners: true, sites: true }).parse({}),
  workers: 0,
  listeners: [],
  sites: [],
}
