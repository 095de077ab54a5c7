import type { Field } from './field.ts'

const POINTS = ['http-edge'] as const

/** Which origin answered, and how the proxy came to it. */
export const ORIGIN_FIELDS: readonly Field[] = [
  {
    name: 'site.name',
    type: 'String',
    help: 'Name of the site that serves the request; absent when no site matches.',
    example: '"shop"',
    points: POINTS,
    column: true,
  },
  {
    name: 'origin.name',
    type: 'String',
    help: 'URL of the origin that was asked; absent when none was.',
    example: '"http://127.0.0.1:9000"',
    points: POINTS,
    column: true,
    since: 'response',
  },
  {
    name: 'origin.response.code',
    type: 'Int',
    help: 'Status code of the origin answer; absent when it did not answer.',
    example: '200',
    points: POINTS,
    column: true,
    since: 'response',
  },
  {
    name: 'origin.attempts',
    type: 'Int',
    help: 'How often an origin was tried: 2 and more after a retry.',
    example: '1',
    points: POINTS,
    column: true,
    since: 'response',
  },
  {
    name: 'origin.connect.duration',
    type: 'Int',
    help: 'Milliseconds to connect to the origin; absent on a reused connection.',
    example: '1',
    points: POINTS,
    column: true,
    since: 'response',
    unit: 'milliseconds',
  },
  {
    name: 'origin.first_byte.duration',
    type: 'Int',
    help: 'Milliseconds from the sent request head to the first byte of the answer.',
    example: '12',
    points: POINTS,
    column: true,
    since: 'response',
    unit: 'milliseconds',
  },
  {
    name: 'http.fault',
    type: 'String',
    help: 'Name of the protocol fault for which a request or an answer was refused; absent without one.',
    example: '"bare-lf"',
    points: POINTS,
    column: true,
    since: 'response',
  },
]
