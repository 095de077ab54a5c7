import type { Field } from './field.ts'

const EVERYWHERE = ['http-edge', 'firewall', 'dns', 'gateway', 'access', 'ssh', 'l4-proxy'] as const

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
]
