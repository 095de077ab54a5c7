import type { Field } from './field.ts'

const EXCHANGE_POINTS = ['http-edge', 'gateway', 'access'] as const
/** What the head of an answer says, a capture says too. */
const POINTS = [...EXCHANGE_POINTS, 'capture'] as const

/** The answer that the client received. */
export const HTTP_RESPONSE_FIELDS: readonly Field[] = [
  {
    name: 'http.response.code',
    type: 'Int',
    help: 'Status code that was sent to the client.',
    example: '404',
    points: POINTS,
    column: true,
    since: 'response',
    targets: { displayFilter: 'http.response.code' },
  },
  {
    name: 'http.response.headers',
    type: 'Map<Array<String>>',
    help: 'Header fields of the origin answer by lower-cased name.',
    example: 'http.response.headers["content-type"][0]',
    points: POINTS,
    column: true,
    since: 'response',
    keys: 'lower-case',
  },
  {
    name: 'http.response.body.size',
    type: 'Int',
    help: 'Body bytes that were sent to the client.',
    example: '5120',
    points: EXCHANGE_POINTS,
    column: true,
    since: 'end',
    unit: 'bytes',
  },
  {
    name: 'http.response.duration',
    type: 'Int',
    help: 'Milliseconds from the first byte of the request to the last byte of the answer.',
    example: '35',
    points: EXCHANGE_POINTS,
    column: true,
    since: 'end',
    unit: 'milliseconds',
  },
  {
    name: 'http.response.mime',
    type: 'String',
    help: 'Media type of the answer, without parameters, in lower case; absent without one.',
    example: '"text/html"',
    points: POINTS,
    column: true,
    since: 'response',
  },
]
