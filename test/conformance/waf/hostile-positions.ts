import { escapeBytes, type RequestSample } from '#detect'

/** Size of a hostile body; a head is smaller, because the edge refuses larger ones. */
export const BODY_BYTES = 64 * 1024
const HEAD_BYTES = 30 * 1024

export interface Position {
  readonly name: string
  readonly sizeBytes: number
  readonly make: (values: readonly string[]) => RequestSample
}

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data; boundary=x1'

/** Where an attacker can put bytes. All but the escapes that the place needs is sent as it is. */
export const POSITIONS: readonly Position[] = [
  {
    name: 'form, arguments',
    sizeBytes: BODY_BYTES,
    make: (values) => form(values.map((value, at) => `a${at}=${formText(value)}`)),
  },
  { name: 'form, names of arguments', sizeBytes: BODY_BYTES, make: (values) => form(values.map(formText)) },
  { name: 'JSON, values', sizeBytes: BODY_BYTES, make: (values) => json(values) },
  {
    name: 'JSON, keys',
    sizeBytes: BODY_BYTES,
    make: (values) => json(Object.fromEntries(values.map((value, at) => [`${at}${value}`, 1]))),
  },
  { name: 'multipart, fields', sizeBytes: BODY_BYTES, make: (values) => multipart(values) },
  {
    name: 'XML, text',
    sizeBytes: BODY_BYTES,
    make: (values) => ({
      contentType: 'text/xml',
      body: `<a>${values.map((value) => `<b>${value.replace(/[\0<&]/g, ' ')}</b>`).join('')}</a>`,
    }),
  },
  {
    name: 'query',
    sizeBytes: HEAD_BYTES,
    make: (values) => ({ target: `/?${values.map((value, at) => `a${at}=${targetText(value)}`).join('&')}` }),
  },
  {
    name: 'path',
    sizeBytes: HEAD_BYTES,
    make: (values) => ({ target: `/${targetText(values.join('/')).replaceAll('?', '%3f')}` }),
  },
  {
    name: 'cookies',
    sizeBytes: HEAD_BYTES,
    make: (values) => ({ headers: ['Cookie', values.map((value, at) => `c${at}=${fieldText(value)}`).join('; ')] }),
  },
  {
    name: 'user agent',
    sizeBytes: HEAD_BYTES,
    make: (values) => ({ headers: ['User-Agent', fieldText(values.join(' '))] }),
  },
  {
    name: 'referer',
    sizeBytes: HEAD_BYTES,
    make: (values) => ({ headers: ['Referer', `http://a.test/${fieldText(values.join(' '))}`] }),
  },
]

function form(pairs: readonly string[]): RequestSample {
  return { contentType: FORM, body: pairs.join('&') }
}

function json(value: unknown): RequestSample {
  return { contentType: 'application/json', body: JSON.stringify(value) }
}

function multipart(values: readonly string[]): RequestSample {
  const part = (value: string, at: number): string =>
    `--x1\r\nContent-Disposition: form-data; name="a${at}"\r\n\r\n${value}\r\n`
  return { contentType: MULTIPART, body: `${values.map(part).join('')}--x1--\r\n` }
}

function formText(value: string): string {
  return value.replace(/[%&+=]/g, escapeBytes)
}

function targetText(value: string): string {
  return value.replace(/[\0-\x20%&+=#\x7f-\xff]/g, escapeBytes)
}

function fieldText(value: string): string {
  return value.replace(/[\0-\x1f%;\x7f]/g, escapeBytes)
}
