import type { Config } from '#config'
import type { Policy } from '#decide'
import { PACKET_READERS } from '#detect'
import type { Action } from '#act'
import { BpfJudge, type PacketDecision, packetRules, ScriptJudge } from '#points'
import { type CapturedPacket, LINK_TYPE, Packet } from '#wire'
import type { TraceBackend } from './trace-backends.ts'

/** What judges the packets of a trace. A text in place of a decision says why a packet cannot be judged. */
export interface TraceJudge {
  judge(packet: CapturedPacket): PacketDecision | string
  close(): void
}

/** @throws TidegateError when the kernel cannot be asked, or a rule is none of its */
export function traceJudge(backend: TraceBackend, config: Config, policy: Policy<Action>): TraceJudge {
  const management = config.firewall?.management ?? []
  const nowMs = Date.now()
  if (backend === 'js') {
    const packet = new Packet('outer')
    const script = new ScriptJudge(policy, PACKET_READERS, management)
    const judge = (captured: CapturedPacket): PacketDecision => {
      packet.readCaptured(captured)
      return script.judge(packet, nowMs)
    }
    return { judge, close: () => {} }
  }
  const kernel = new BpfJudge({ rules: packetRules(policy, nowMs), lists: policy.lists, management })
  return {
    judge: (captured) => {
      const frame = frameOf(captured)
      return typeof frame === 'string' ? frame : kernel.judge(frame)
    },
    close: () => kernel.close(),
  }
}

/** The frame as an interface would have received it: what the capture left out is filled up with zeros. */
function frameOf({ captureInterface, bytes, start, end, originalBytes, fcsBytes }: CapturedPacket): Buffer | string {
  if (captureInterface.linkType !== LINK_TYPE.ethernet) return 'the kernel judges Ethernet frames only'
  const frame = Buffer.alloc(Math.max(0, originalBytes - fcsBytes))
  bytes.copy(frame, 0, start, Math.min(end, start + frame.length))
  return frame
}
