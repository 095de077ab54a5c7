import type { FaultName, ProtocolFault, ProtocolName, Seen, Side } from './contract.ts'
import type { FlowSides } from './flow-sides.ts'

/** Bytes that break the rules of their protocol, as findings read it. */
export function protocolFault(
  sides: FlowSides,
  protocol: ProtocolName,
  from: Side,
  fault: FaultName,
  detail: string,
  seen: Seen,
): ProtocolFault {
  const { client, server, ends } = sides
  return { kind: 'fault', flow: ends.id, client, server, protocol, from, fault, detail, ...seen }
}
