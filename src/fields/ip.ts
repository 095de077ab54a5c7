import type { Field } from './field.ts'
import { kernelTargets } from './packet-field.ts'

const CLIENT_POINTS = [
  'http-edge',
  'firewall',
  'flow-telemetry',
  'dns',
  'gateway',
  'access',
  'ssh',
  'l4-proxy',
  'capture',
] as const

/** Addresses, and what the address data says about them. */
export const IP_FIELDS: readonly Field[] = [
  {
    name: 'ip.src',
    type: 'IP',
    help: 'The client address: of the connection, or as a trusted proxy reported it; of a packet its source.',
    example: '192.0.2.1',
    points: CLIENT_POINTS,
    privacy: 'personal',
    column: true,
    targets: { displayFilter: 'ip.src', ...kernelTargets('ip.src') },
  },
  {
    name: 'ip.src.country',
    type: 'String',
    help: 'ISO 3166-1 alpha-2 country of the client address; absent when unknown.',
    example: '"PT"',
    points: ['http-edge', 'firewall', 'flow-telemetry', 'dns', 'gateway', 'access', 'l4-proxy'],
    column: true,
  },
  {
    name: 'ip.src.asnum',
    type: 'Int',
    help: 'Autonomous system number that announces the client address; absent when unknown.',
    example: '64500',
    points: ['http-edge', 'firewall', 'flow-telemetry', 'dns', 'gateway', 'access', 'l4-proxy'],
    column: true,
  },
  {
    name: 'ip.dst',
    type: 'IP',
    help: 'The local address that the client connected to; of a packet its destination.',
    example: '198.51.100.10',
    points: CLIENT_POINTS,
    column: true,
    targets: { displayFilter: 'ip.dst', ...kernelTargets('ip.dst') },
  },
  {
    name: 'ip.dst.country',
    type: 'String',
    help: 'ISO 3166-1 alpha-2 country of the destination of a packet; absent when unknown.',
    example: '"PT"',
    points: ['firewall'],
  },
  {
    name: 'ip.dst.asnum',
    type: 'Int',
    help: 'Autonomous system number that announces the destination of a packet; absent when unknown.',
    example: '64500',
    points: ['firewall'],
  },
  {
    name: 'tcp.srcport',
    type: 'Int',
    help: 'The client port of the TCP connection; of a segment its source port.',
    example: '49152',
    points: ['http-edge', 'firewall', 'flow-telemetry', 'gateway', 'access', 'ssh', 'l4-proxy', 'capture'],
    column: true,
    targets: { displayFilter: 'tcp.srcport', ...kernelTargets('tcp.srcport') },
  },
  {
    name: 'tcp.dstport',
    type: 'Int',
    help: 'The local port that the client connected to; of a segment its destination port.',
    example: '443',
    points: ['http-edge', 'firewall', 'flow-telemetry', 'gateway', 'access', 'ssh', 'l4-proxy', 'capture'],
    column: true,
    targets: { displayFilter: 'tcp.dstport', ...kernelTargets('tcp.dstport') },
  },
]
