import type { Field } from './field.ts'

const EVERYWHERE = ['http-edge', 'firewall', 'dns', 'gateway', 'access', 'ssh', 'l4-proxy'] as const

/** Known once everything is decided: events can be searched by them, rules cannot read them. */
const NOWHERE = [] as const

/** The head that every event has, whatever point wrote it. */
export const EVENT_FIELDS: readonly Field[] = [
  {
    name: 'ray',
    type: 'String',
    help: 'The sortable id of the request, query or session.',
    example: '"01hgw2bqxn0004zj7k2p"',
    points: EVERYWHERE,
    column: true,
  },
  {
    name: 'point',
    type: 'String',
    help: 'The enforcement point that wrote the event.',
    example: '"http-edge"',
    points: EVERYWHERE,
    column: true,
  },
  {
    name: 'decision.verdict',
    type: 'String',
    help: 'What was decided: "allow", "block", "redirect", "refuse" (protocol fault) or "error"; for searching events only.',
    example: '"block"',
    points: NOWHERE,
    column: true,
  },
  {
    name: 'decision.phase',
    type: 'String',
    help: 'The phase that decided; absent when no rule did; for searching events only.',
    example: '"firewall_custom"',
    points: NOWHERE,
    column: true,
  },
  {
    name: 'decision.rule_id',
    type: 'String',
    help: 'The rule that decided; absent when none did; for searching events only.',
    example: '"no-admin"',
    points: NOWHERE,
    column: true,
  },
  {
    name: 'decision.rule_ids',
    type: 'Array<String>',
    help: 'Every rule that matched, in order, also those that only log; for searching events only.',
    example: 'decision.rule_ids[0]',
    points: NOWHERE,
    column: true,
  },
]
