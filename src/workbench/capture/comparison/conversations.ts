import type { FlowRecord, HttpTransaction } from '#detect'
import { PROTOCOL } from '#wire'
import type { Evidence } from '../../findings/evidence.ts'
import { isTcp, PROTOCOL_NAMES } from '../../findings/figures.ts'
import type { Conversation, StepFacts } from './conversation.ts'
import { exportConversation } from './export-steps.ts'
import { masked } from './mask.ts'
import { dnsSteps, httpSteps } from './message-steps.ts'
import { quicSteps, tlsSteps } from './tls-steps.ts'
import { closeStep, connectStep, dataStep } from './transport-steps.ts'

/**
 * What happened in a capture, as conversations by their roles: questions to resolvers, connections with what was agreed at
 * their beginning, and every request with its answer.
 */
export function conversationsOf(evidence: Evidence): Conversation[] {
  const requests = Map.groupBy(evidence.http, ({ flow }) => flow)
  const sessions = new Map(evidence.tls.map((session) => [session.flow, session]))
  const quic = new Map(evidence.quic.map((session) => [session.flow, session]))
  const conversations: Conversation[] = evidence.dns.map((transaction) => ({
    role: `dns ${transaction.question?.typeName ?? ''} ${masked(transaction.question?.name ?? '')}`,
    steps: dnsSteps(transaction),
  }))
  const resolvers = new Set(evidence.dns.map(({ flow }) => flow))
  for (const flow of evidence.flows) {
    const { id } = flow.ends
    if (resolvers.has(id) || !hasPorts(flow)) continue
    const tls = sessions.get(id)
    const datagrams = quic.get(id)
    const http = requests.get(id) ?? []
    const name = tls?.clientHello?.serverName ?? datagrams?.clientHello?.serverName ?? http[0]?.request?.host
    const place = `${transportName(flow)} ${flow.ends.serverPort}`
    const role = name === undefined ? place : `${place} ${name}`
    const opening: StepFacts[] = [
      ...(isTcp(flow) ? [connectStep(flow)] : []),
      ...(tls === undefined ? [] : tlsSteps(tls)),
      ...(datagrams === undefined ? [] : quicSteps(datagrams)),
      dataStep(flow),
      ...(isTcp(flow) ? [closeStep(flow)] : []),
    ]
    conversations.push({ role, place, steps: opening })
    for (const transaction of http)
      conversations.push({ role: requestRole(role, transaction), steps: httpSteps(transaction) })
  }
  return [...conversations, ...(evidence.exports?.streams ?? []).map(exportConversation)]
}

function requestRole(connection: string, { request }: HttpTransaction): string {
  if (request === undefined) return `${connection} answer`
  return `${connection} ${request.method} ${masked(request.target.split('?', 1)[0])}`
}

function hasPorts({ ends }: FlowRecord): boolean {
  return ends.protocol === PROTOCOL.tcp || ends.protocol === PROTOCOL.udp
}

function transportName({ ends }: FlowRecord): string {
  return PROTOCOL_NAMES.get(ends.protocol) ?? String(ends.protocol)
}
