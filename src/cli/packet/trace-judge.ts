import type { Config } from '#config'
import type { Policy } from '#decide'
import type { Action } from '#act'
import { FIELD_BY_NAME } from '#fields'
import { TidegateError } from '#kernel'
import { fieldsOf, type PacketHook } from '#rules'
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
import { isReceivedWhole, receivedFrame } from './received-frame.ts'
import type { TraceBackend } from './trace-backends.ts'

/** What judges the packets of a trace where they pass. A text in place of a decision says why a packet cannot be judged. */
export interface TraceJudge {
  judge(packet: CapturedPacket, hook: PacketHook): PacketDecision | string
  close(): void
}

/** @throws TidegateError when the kernel cannot be asked, or a rule is none of its */
export function traceJudge(
  backend: TraceBackend,
  config: Config,
  policy: Policy<Action>,
  hooks: readonly PacketHook[],
): TraceJudge {
  const management = config.firewall?.management ?? []
  const nowMs = Date.now()
  if (backend === 'js') {
    checkReadable(packetRules(policy, nowMs))
    const packet = new Packet('outer')
    const script = new PacketJudge(policy, management, nowMs)
    const judge = (captured: CapturedPacket, hook: PacketHook): PacketDecision => {
      const frame = isReceivedWhole(captured) ? undefined : receivedFrame(captured)
      if (frame instanceof Buffer) packet.read(frame, 0, frame.length, LINK_TYPE.ethernet)
      else packet.readCaptured(captured)
      return script.judge(packet, nowMs, hook)
    }
    return { judge, close: () => {} }
  }
  if (backend === 'bpf') return bpfJudge(policy, management, nowMs)
  const kernel = new NftJudge(policy, management, nowMs, hooks)
  return {
    judge: (captured, hook) => {
      const frame = receivedFrame(captured)
      return typeof frame === 'string' ? frame : kernel.judge(frame, hook)
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

/** Each place where packets pass has a program, which is made for its first packet. */
function bpfJudge(policy: Policy<Action>, management: readonly IpRange[], nowMs: number): TraceJudge {
  const rules = packetRules(policy, nowMs)
  const refusal = bpfRefusal(rules)
  if (refusal !== undefined) throw refusal
  const judges = new Map<PacketHook, BpfJudge>()
  return {
    judge: (captured, hook) => {
      const frame = receivedFrame(captured)
      if (typeof frame === 'string') return frame
      let kernel = judges.get(hook)
      if (kernel === undefined) {
        kernel = new BpfJudge({ rules, lists: policy.lists, management, hook })
        judges.set(hook, kernel)
      }
      return kernel.judge(frame, tickOf(captured.seconds, captured.nanoseconds))
    },
    close: () => {
      for (const kernel of judges.values()) kernel.close()
    },
  }
}
