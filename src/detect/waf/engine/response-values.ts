import type { Transaction } from './transaction.ts'
import { collection, namesOf, single, type ValueReaders } from './value-list.ts'

/** Variables that the origin's answer fills. */
export const RESPONSE_VALUES: ValueReaders = {
  ...single('RESPONSE_STATUS', ({ response }) => response?.response.status),
  ...single('RESPONSE_PROTOCOL', ({ response }) => response?.response.version),
  ...collection('RESPONSE_HEADERS', ({ response }) => response?.response.fields ?? []),
  ...namesOf('RESPONSE_HEADERS_NAMES', ({ response }) => response?.response.fields ?? []),
  ...single('RESPONSE_CONTENT_TYPE', ({ response }) => response?.mediaType),
  ...single('STATUS_LINE', statusLine),
  ...single('RESPONSE_BODY', ({ response }) => response?.bodyText),
  ...single('RESPONSE_CONTENT_LENGTH', ({ response }) => response?.bodyText.length),
  ...single('OUTBOUND_DATA_ERROR', ({ response, responseExceedsLimit }) =>
    response === undefined ? undefined : responseExceedsLimit ? '1' : '0',
  ),
}

function statusLine({ response }: Transaction): string | undefined {
  if (response === undefined) return undefined
  const { version, status, reason } = response.response
  return `${version} ${status} ${reason}`
}
