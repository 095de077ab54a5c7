import type { Config } from '#config'
import type { Policy } from '#decide'
import type { Action } from '#act'
import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { fieldsOf } from '#rules'
import {
  BpfJudge,
  bpfRefusal,
  NftJudge,
  type PacketDecision,
  PacketJudge,
  type PacketRule,
  packetRules,
  tickOf,
} from '#points'
import { type CapturedPacket, type IpRange, LINK_TYPE, Packet } from '#wire'
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
    checkReadable(packetRules(policy, nowMs))
    const packet = new Packet('outer')
    const script = new PacketJudge(policy, management, nowMs)
    const judge = (captured: CapturedPacket): PacketDecision => {
      packet.readCaptured(captured)
      return script.judge(packet, nowMs)
    }
    return { judge, close: () => {} }
  }
  const kernel = kernelJudge(backend, policy, management, nowMs)
  return {
    judge: (captured) => {
      const frame = frameOf(captured)
      return typeof frame === 'string' ? frame : kernel.judge(frame, tickOf(captured.seconds, captured.nanoseconds))
    },
    close: () => kernel.close(),
  }
}

/** @throws TidegateError ERR_USAGE when a rule asks for what only the kernel knows, such as the state of a connection */
function checkReadable(rules: readonly PacketRule[]): void {
  for (const { rule } of rules) {
    const unread = [...fieldsOf(rule.expression)].find((field) => {
      const targets = FIELD_BY_NAME.get(field)?.targets
      return targets?.nftables !== undefined && targets.bpf === undefined
    })
    if (unread === undefined) continue
    throw new TidegateError('ERR_USAGE', `rule ${rule.id} asks for \`${unread}\`, which only the kernel knows`, {
      source: 'client',
      remedy: 'Trace with --backend nft.',
    })
  }
}

function kernelJudge(
  backend: 'bpf' | 'nft',
  policy: Policy<Action>,
  management: readonly IpRange[],
  nowMs: number,
): BpfJudge | NftJudge {
  if (backend === 'nft') return new NftJudge(policy, management, nowMs)
  const rules = packetRules(policy, nowMs)
  const refusal = bpfRefusal(rules)
  if (refusal !== undefined) throw refusal
  return new BpfJudge({ rules, lists: policy.lists, management })
}

/** The frame as an interface would have received it: what the capture left out is filled up with zeros. */
function frameOf({ captureInterface, bytes, start, end, originalBytes, fcsBytes }: CapturedPacket): Buffer | string {
  if (captureInterface.linkType !== LINK_TYPE.ethernet) return 'the kernel judges Ethernet frames only'
  const frame = Buffer.alloc(Math.max(0, originalBytes - fcsBytes))
  bytes.copy(frame, 0, start, Math.min(end, start + frame.length))
  return frame
}
