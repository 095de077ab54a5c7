import { CAPTURE } from './capture.ts'
import { DELAY } from './delay.ts'
import { DNS } from './dns.ts'
import type { Evidence } from './evidence.ts'
import { EXPORTS } from './exports.ts'
import type { Finding, FindingKind, FindingRule } from './finding.ts'
import { FLOOD } from './flood.ts'
import { HTTP } from './http.ts'
import { HTTP2 } from './http2.ts'
import { ICMP } from './icmp.ts'
import { NEIGHBORS } from './neighbors.ts'
import { NETWORK } from './network.ts'
import { PROTOCOL_FAULTS } from './protocol.ts'
import { QUIC } from './quic.ts'
import { judge } from './rank.ts'
import { SCAN } from './scan.ts'
import { TCP_CONNECT } from './tcp-connect.ts'
import { TCP_CONTENT } from './tcp-content.ts'
import { TCP_LOSS } from './tcp-loss.ts'
import { TCP_RESET } from './tcp-reset.ts'
import { TCP_STALL } from './tcp-stall.ts'
import { TCP_WINDOW } from './tcp-window.ts'
import { TLS } from './tls.ts'

/** What is looked for. A new kind is an entry in one of these files, or a file and a line here. */
const FINDING_RULES: readonly FindingRule[] = [
  CAPTURE,
  NEIGHBORS,
  NETWORK,
  ICMP,
  SCAN,
  FLOOD,
  TCP_CONNECT,
  TCP_STALL,
  TCP_RESET,
  TCP_WINDOW,
  TCP_LOSS,
  TCP_CONTENT,
  DELAY,
  DNS,
  TLS,
  HTTP,
  HTTP2,
  PROTOCOL_FAULTS,
  QUIC,
  EXPORTS,
]

/** Every kind of finding by its name. */
export const FINDING_KINDS: ReadonlyMap<string, FindingKind> = new Map(
  FINDING_RULES.flatMap(({ kinds }) => Object.entries(kinds)),
)

/** What is wrong in a capture, likely root causes first. */
export function findFaults(evidence: Evidence): Finding[] {
  return judge(evidence, FINDING_RULES)
}

export type { Evidence } from './evidence.ts'
export type { Finding, FindingKind, Severity } from './finding.ts'
