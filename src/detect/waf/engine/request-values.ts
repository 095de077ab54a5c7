import { formatIp } from '#wire'
import type { Transaction } from './transaction.ts'
import { collection, namesOf, single, type ValueReaders } from './value-list.ts'

/** Variables that the request head fills. */
export const REQUEST_VALUES: ValueReaders = {
  ...collection('REQUEST_HEADERS', ({ parts }) => parts.request.fields),
  ...namesOf('REQUEST_HEADERS_NAMES', ({ parts }) => parts.request.fields),
  ...collection('REQUEST_COOKIES', ({ parts }) => parts.cookies),
  ...namesOf('REQUEST_COOKIES_NAMES', ({ parts }) => parts.cookies),
  ...single('REQUEST_METHOD', ({ parts }) => parts.request.method),
  ...single('REQUEST_PROTOCOL', ({ parts }) => parts.request.version),
  ...single('REQUEST_LINE', requestLine),
  ...single('REQUEST_URI', ({ parts }) => parts.target.uri),
  ...single('REQUEST_URI_RAW', ({ parts }) => parts.target.raw),
  // Decoded once, as servers read it; the other variables of the target are as sent.
  ...single('REQUEST_FILENAME', ({ parts }) => parts.decodedPath),
  ...single('REQUEST_BASENAME', ({ parts }) => afterLastSlash(parts.decodedPath)),
  ...single('QUERY_STRING', ({ parts }) => parts.target.query),
  ...single('PATH_INFO', ({ parts }) => parts.decodedPath),
  ...single('REMOTE_ADDR', ({ parts }) => formatIp(parts.request.remoteAddress)),
  ...single('REMOTE_HOST', ({ parts }) => formatIp(parts.request.remoteAddress)),
  ...single('USERAGENT_IP', ({ parts }) => formatIp(parts.request.remoteAddress)),
  ...single('REMOTE_PORT', ({ parts }) => parts.request.remotePort),
  ...single('REMOTE_USER', remoteUser),
  ...single('SERVER_ADDR', ({ parts }) => formatIp(parts.request.localAddress)),
  ...single('SERVER_NAME', serverName),
  ...single('SERVER_PORT', ({ parts }) => parts.request.localPort),
  ...single('AUTH_TYPE', ({ parts }) => parts.header('authorization')?.split(' ', 1)[0]),
  ...single('UNIQUE_ID', ({ parts }) => parts.request.ray),
}

function afterLastSlash(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}

export function requestLine({ parts }: Transaction): string {
  const { method, target, version } = parts.request
  return version === '' ? `${method} ${target}` : `${method} ${target} ${version}`
}

function serverName({ parts }: Transaction): string | undefined {
  const host = parts.header('host')
  return host === undefined ? undefined : host.replace(/:[0-9]*$/, '')
}

/** The user name of a Basic authorization (RFC 7617). */
function remoteUser({ parts }: Transaction): string | undefined {
  const basic = /^basic +([A-Za-z0-9+/=_-]+)/i.exec(parts.header('authorization') ?? '')
  if (basic === null) return undefined
  const credentials = Buffer.from(basic[1], 'base64').toString('latin1')
  const colon = credentials.indexOf(':')
  return colon < 0 ? credentials : credentials.slice(0, colon)
}
