import { buildLists } from '#decide'
import { FLOW_READERS, FlowFacts } from '#detect/captures'
import { TidegateError } from '#kernel'
import { compilePredicate, fieldsOf } from '#rules'
import type { FlowRecord, Packet } from '#wire'
import { ExportReader } from '#workbench/captures'
import { loadLists, parseRuleText } from '../rule-text.ts'

/** What a collector looks up, and a capture does not say. */
const LOOKED_UP = ['ip.src.country', 'ip.src.asnum']

/**
 * Compiles an expression over the fields of flows.
 * @throws TidegateError ERR_RULE_INVALID, or ERR_USAGE when it reads what a capture does not say
 */
export async function flowCondition(
  text: string,
  configFile: string | undefined,
): Promise<(flow: FlowFacts) => boolean> {
  const lists = await loadLists(configFile)
  const expression = parseRuleText(text, lists, 'flow-telemetry')
  const unknown = LOOKED_UP.find((name) => fieldsOf(expression).has(name))
  if (unknown !== undefined) {
    throw new TidegateError('ERR_USAGE', `${unknown} is not in a capture: the collector looks it up`, {
      source: 'client',
      remedy: 'Ask by ip.src, or by flow.src.asnum, which exporters tell.',
    })
  }
  return compilePredicate<FlowFacts>(expression, { readers: FLOW_READERS, lists: buildLists(lists) })
}

/**
 * True for packets of exporters that tell a flow which matches, and for those that teach what is needed to read others:
 * templates, sampling. A fragment tells nothing.
 * @throws TidegateError as `flowCondition`
 */
export async function exportsThatTell(
  text: string,
  configFile: string | undefined,
): Promise<(packet: Packet) => boolean> {
  const matches = await flowCondition(text, configFile)
  const facts = new FlowFacts(undefined)
  let isTold = false
  const reader = new ExportReader((record: FlowRecord) => {
    facts.record = record
    isTold ||= matches(facts)
  })
  return (packet) => {
    isTold = false
    const outcome = reader.packet(packet, packet.frameNumber)
    return reader.takeLearned() || (outcome !== 'none' && isTold)
  }
}
