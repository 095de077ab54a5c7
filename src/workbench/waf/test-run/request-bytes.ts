import { type RequestSample, sampleRequest } from '#detect'
import { lowerAscii } from '#wire'

/** The host that samples speak to. */
const SAMPLE_HOST = 'shop.test'

/**
 * A sample as a client writes it to an HTTP/1.1 connection, sent to `host`. What a sample has wrong stays wrong: it is for the
 * edge to refuse it.
 * @param added further header fields: name, value, name, value
 */
export function requestBytes(sample: RequestSample, host: string, added: readonly string[] = []): Buffer {
  const { request, body } = sampleRequest(sample)
  const fields = [...request.fields, ...added]
  let head = `${request.method} ${request.target} ${request.version}\r\n`
  for (let at = 0; at < fields.length; at += 2) {
    const isHost = lowerAscii(fields[at]) === 'host'
    head += `${fields[at]}: ${isHost ? fields[at + 1].replace(SAMPLE_HOST, host) : fields[at + 1]}\r\n`
  }
  return Buffer.concat([Buffer.from(`${head}\r\n`, 'latin1'), body.bytes])
}
