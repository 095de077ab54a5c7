import type { Counters } from './counters.ts'
import type { ExchangeRecord } from './exchange-record.ts'
import { wafMatches } from './waf-decision.ts'
import type { WafLeg } from './waf-leg.ts'

/** Ends the inspection of an exchange, and puts what it found into the record and the counters. */
export function accountForWaf(waf: WafLeg, record: ExchangeRecord, counters: Counters): void {
  waf.finish()
  const { verdict, settings, interruption } = waf.facts
  const matches = wafMatches(verdict, interruption, waf.acted)
  record.wafFound(matches)
  counters.add(`tidegate_waf_inspected_total{mode="${settings.mode}"}`)
  counters.add('tidegate_waf_cpu_microseconds_total', Math.round(verdict.spentMs * 1000))
  if (verdict.budgetExceeded) counters.add('tidegate_waf_budget_exceeded_total')
  if (interruption === undefined) return
  const name = waf.acted ? 'tidegate_waf_blocked_total' : 'tidegate_waf_would_block_total'
  counters.add(`${name}{class="${verdict.class ?? 'none'}"}`)
  if (!waf.acted) record.note(`the WAF would have blocked it: ${interruption.why}`)
}
