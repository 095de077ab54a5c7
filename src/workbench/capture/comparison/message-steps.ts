import type { DnsTransaction, HttpTransaction } from '#detect'
import { formatIp } from '#wire'
import { framesOf } from '../../findings/figures.ts'
import { durationsOf, factsOf, type StepFacts } from './conversation.ts'
import { masked } from './mask.ts'

/** Facts of this many fields of one message are compared. */
const FIELDS_MOST = 100

type Message = NonNullable<HttpTransaction['request']>

/** Each field under its name, and the order of all: both tell clients apart. */
function fieldFacts({ fields }: Pick<Message, 'fields'>): Readonly<Record<string, string>> {
  const facts: Record<string, string> = {}
  const names: string[] = []
  for (const { name, value } of fieldsOf(fields)) {
    const key = name.toLowerCase()
    names.push(key)
    facts[`field ${key}`] = `field ${key}` in facts ? `${facts[`field ${key}`]}, ${masked(value)}` : masked(value)
  }
  return { ...facts, 'order of fields': names.join(' ') }
}

function* fieldsOf(fields: Message['fields']): Iterable<{ readonly name: string; readonly value: string }> {
  // A list of names and values in turn.
  for (let at = 0; at + 1 < Math.min(fields.length, 2 * FIELDS_MOST); at += 2) {
    yield { name: fields[at], value: fields[at + 1] }
  }
}

export function httpSteps(transaction: HttpTransaction): StepFacts[] {
  const { request, response, outcome, serverNs, clientNs, transferNs, otherAnswer } = transaction
  const steps: StepFacts[] = []
  if (request !== undefined) {
    const [path, query] = request.target.split('?', 2)
    steps.push({
      step: 'request',
      frames: framesOf(request.first),
      facts: {
        ...factsOf({
          method: request.method,
          path: masked(path),
          query: query === undefined ? undefined : masked(query),
          version: request.version,
          framing: request.framing,
          ambiguities: request.ambiguities.length === 0 ? undefined : request.ambiguities.join(' '),
        }),
        ...fieldFacts(request),
      },
      durations: durationsOf({ 'the client waits': clientNs }),
    })
  }
  steps.push({
    step: 'answer',
    frames: framesOf(response?.first, otherAnswer, transaction.endSeen),
    facts: {
      ...factsOf({
        outcome,
        status: response?.status,
        version: response?.version,
        framing: response?.framing,
        'other protocol': otherAnswer === undefined ? undefined : (otherAnswer.looksLike ?? 'unknown'),
        ambiguities:
          response === undefined || response.ambiguities.length === 0 ? undefined : response.ambiguities.join(' '),
      }),
      ...(response === undefined ? {} : fieldFacts(response)),
    },
    durations: durationsOf({ 'the server thinks': serverNs, 'the transfer': transferNs }),
  })
  return steps
}

export function dnsSteps(transaction: DnsTransaction): StepFacts[] {
  const { question, queries, answers, queryCount } = transaction
  const [answer] = answers
  return [
    {
      step: 'dns-query',
      frames: framesOf(...queries),
      facts: factsOf({
        name: question?.name,
        type: question?.typeName,
        transport: transaction.transport,
        server: formatIp(transaction.server.address),
        'DNSSEC wanted': transaction.dnssecWanted,
        'payload size': transaction.udpPayloadBytes,
        repeated: queryCount > 1,
      }),
      durations: {},
    },
    {
      step: 'dns-answer',
      frames: framesOf(...answers),
      facts: factsOf({
        answered: answer !== undefined,
        code: answer?.responseCodeName,
        addresses: answer?.addresses.map(formatIp).sort().join(' '),
        'canonical names': answer?.canonicalNames.join(' '),
        truncated: answer?.truncated,
        'from another address': answer?.fromOtherAddress,
        'answers differ': transaction.answersDiffer,
        authentic: answer?.authenticData,
      }),
      durations: durationsOf({ 'to the answer': transaction.latencyNs }),
    },
  ]
}
