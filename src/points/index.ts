import { HTTP_EDGE } from './http-edge/point.ts'
import type { EnforcementPoint } from './point.ts'

export { ExchangeFacts } from './http-edge/facts.ts'
export type { FromWorker, ToWorker, WorkerStart } from './http-edge/messages.ts'
export { createOriginHealth } from './http-edge/origin-health.ts'
export { HTTP_EDGE } from './http-edge/point.ts'
export { EDGE_READERS } from './http-edge/readers.ts'
export { EdgeRehearsal, type Rehearsal } from './http-edge/rehearsal.ts'
export { BpfJudge } from './firewall/bpf-judge.ts'
export { FirewallGuard, type FirewallReport } from './firewall/firewall-guard.ts'
export type { PacketDecision } from './firewall/packet-decision.ts'
export { rehearseFirewall } from './firewall/rehearse.ts'
export { packetRules } from './firewall/packet-rules.ts'
export { takeFirewallOff } from './firewall/take-off.ts'
export { ScriptJudge } from './firewall/script-judge.ts'
export type { EnforcementPoint } from './point.ts'

/** Every enforcement point. A new one is a folder and a line here. */
export const POINTS: readonly EnforcementPoint[] = [HTTP_EDGE]
