import { FIELD_BY_NAME } from '#fields'
import { z } from 'zod'
import { didYouMean } from '../source/did-you-mean.ts'
import { textLeaf } from './leaf.ts'
import { duration, size, word } from './units.ts'

const fieldName = textLeaf('field', (text) =>
  FIELD_BY_NAME.has(text)
    ? { value: text }
    : { fault: 'expected the name of a field', hint: didYouMean(text, FIELD_BY_NAME.keys()) },
)

const headerName = word('header name', /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/, 'the name of a header')

const argumentName = word('text', /^[^\0]{1,256}$/, 'the name of a query argument')

export const EVENTS_SCHEMA = z.strictObject({
  retention: duration({ least: '1h', most: '3650d' }).prefault('30d').describe('How long events are kept.'),
  retentionSize: size({ least: '64MiB', most: '100TiB' })
    .prefault('10GiB')
    .describe('How much disk the event store may take; the oldest events go first.'),
  spoolSize: size({ least: '16MiB', most: '1TiB' })
    .prefault('1GiB')
    .describe('How much disk events may take that wait for the store.'),
  memoryLimit: size({ least: '64MiB', most: '1TiB' })
    .prefault('256MiB')
    .describe('How much memory the event store may take, besides what it needs for itself.'),
  redact: z
    .array(fieldName)
    .prefault([])
    .describe('Fields whose values are stored as keyed hashes, besides those that are secret anyway.'),
  sensitiveArguments: z
    .array(argumentName)
    .prefault([
      'password',
      'passwd',
      'pwd',
      'secret',
      'token',
      'access_token',
      'refresh_token',
      'id_token',
      'api_key',
      'apikey',
      'code',
    ])
    .describe('Query arguments whose values are stored as keyed hashes. A list of your own replaces this one.'),
  sensitiveHeaders: z
    .array(headerName)
    .prefault([
      'authorization',
      'proxy-authorization',
      'cookie',
      'set-cookie',
      'x-api-key',
      'x-auth-token',
      'x-csrf-token',
    ])
    .describe('Headers whose values are stored as keyed hashes. A list of your own replaces this one.'),
})
