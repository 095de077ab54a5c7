import { readable } from '#api'
import type { RequestSample } from '#detect'

/** Method of a sample that names none. */
function methodOf({ method, body }: RequestSample): string {
  return method ?? (body === undefined || body === '' ? 'GET' : 'POST')
}

/** A request in one line: what makes it special, in text. */
export function requestLine(sample: RequestSample): string {
  const headers = (sample.headers ?? []).flatMap((name, i, all) => (i % 2 === 0 ? [`${name}: ${all[i + 1]}`] : []))
  const body = sample.body === undefined || sample.body === '' ? [] : [sample.body]
  return [`${methodOf(sample)} ${sample.target ?? '/'}`, ...body, ...headers].map(readable).join('  ')
}
