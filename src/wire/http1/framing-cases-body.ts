import { chunked, type FramingCase, get, HIDDEN, passed, post, refused } from './framing-case.ts'

const TE = 'Transfer-Encoding: chunked\r\n'

const LENGTHS: readonly FramingCase[] = [
  passed('Content-Length', post('Content-Length: 5\r\n', 'hello'), ['POST /p hello'], 'the simplest body'),
  passed('Content-Length 0', post('Content-Length: 0\r\n', ''), ['POST /p'], 'no body'),
  passed('Content-Length with leading zeros', post('Content-Length: 005\r\n', 'hello'), ['POST /p hello'], 'digits only, so there is one reading'),
  refused('Content-Length +5', post('Content-Length: +5\r\n', 'hello'), 400, 'bad-content-length', 'digits only'),
  refused('Content-Length -5', post('Content-Length: -5\r\n', 'hello'), 400, 'bad-content-length', 'digits only'),
  refused('Content-Length 0x5', post('Content-Length: 0x5\r\n', 'hello'), 400, 'bad-content-length', 'digits only'),
  refused('Content-Length 5.0', post('Content-Length: 5.0\r\n', 'hello'), 400, 'bad-content-length', 'digits only'),
  refused('Content-Length list', post('Content-Length: 5, 5\r\n', 'hello'), 400, 'bad-content-length', 'one number only'),
  refused('empty Content-Length', post('Content-Length:\r\n', ''), 400, 'bad-content-length', 'digits only'),
  refused('Content-Length of 16 digits', post('Content-Length: 1000000000000000\r\n', ''), 400, 'bad-content-length', 'beyond exact numbers'),
  refused('two equal Content-Lengths', post('Content-Length: 5\r\nContent-Length: 5\r\n', 'hello'), 400, 'duplicate-content-length', 'one field only'),
  refused('two Content-Lengths that differ', post('Content-Length: 5\r\nContent-Length: 6\r\n', `hello${HIDDEN}`), 400, 'duplicate-content-length', 'CL.CL smuggling'),
  passed('GET with a body', `GET /a HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\n\r\nhello${get()}`, ['GET /a hello', 'GET /a'], 'any method may have a body; the next request follows it'),
]

const CODINGS: readonly FramingCase[] = [
  refused('Content-Length then chunked', post(`Content-Length: 6\r\n${TE}`, `0\r\n\r\n${HIDDEN}`), 400, 'content-length-and-transfer-encoding', 'CL.TE smuggling'),
  refused('chunked then Content-Length', post(`${TE}Content-Length: 4\r\n`, `5c\r\n${HIDDEN}`), 400, 'content-length-and-transfer-encoding', 'TE.CL smuggling'),
  refused('chunked twice', post(TE + TE, '0\r\n\r\n'), 400, 'duplicate-transfer-encoding', 'one field only'),
  refused('chunked, chunked', post('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), 400, 'bad-transfer-encoding', 'chunked is applied once'),
  refused('xchunked', post('Transfer-Encoding: xchunked\r\n', `0\r\n\r\n${HIDDEN}`), 400, 'bad-transfer-encoding', 'TE.TE smuggling by a misspelt coding'),
  refused('chunked with a vertical tab', post('Transfer-Encoding: \x0bchunked\r\n', `0\r\n\r\n${HIDDEN}`), 400, 'control-character', 'TE.TE smuggling by odd white space'),
  refused('quoted chunked', post('Transfer-Encoding: "chunked"\r\n', '0\r\n\r\n'), 400, 'bad-transfer-encoding', 'exactly chunked'),
  refused('chunked;q=1', post('Transfer-Encoding: chunked;q=1\r\n', '0\r\n\r\n'), 400, 'bad-transfer-encoding', 'exactly chunked'),
  refused('empty Transfer-Encoding', post('Transfer-Encoding:\r\n', ''), 400, 'bad-transfer-encoding', 'exactly chunked'),
  refused('identity', post('Transfer-Encoding: identity\r\n', ''), 400, 'bad-transfer-encoding', 'identity is no coding any more'),
  refused('gzip, chunked', post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501, 'unsupported-transfer-encoding', 'only chunked is implemented'),
  refused('chunked, gzip', post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), 400, 'bad-transfer-encoding', 'the end could not be found'),
  refused('chunked in HTTP/1.0', `POST /p HTTP/1.0\r\nHost: a.test\r\n${TE}\r\n0\r\n\r\n`, 400, 'transfer-encoding-in-http-1-0', '1.0 has no codings'),
  refused('Transfer-Encoding with folded value', post('Transfer-Encoding:\r\n chunked\r\n', `0\r\n\r\n${HIDDEN}`), 400, 'folded-line', 'TE.TE smuggling by folding'),
  passed('Chunked in capitals', post('Transfer-Encoding: CHUNKED\r\n', '3\r\nabc\r\n0\r\n\r\n'), ['POST /p abc'], 'codings are case-insensitive'),
  passed('Transfer_Encoding', `${post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', 'hello')}`, ['POST /p hello'], 'a name with underscore is dropped on the way to the origin'),
]

const CHUNKS: readonly FramingCase[] = [
  passed('chunks', chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'), ['POST /p abcde'], 'the simplest chunked body'),
  passed('upper-case and zero-padded size', chunked('00A\r\n0123456789\r\n0\r\n\r\n'), ['POST /p 0123456789'], 'hexadecimal in any case'),
  refused('size 0x3', chunked('0x3\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-size', 'hexadecimal digits only'),
  refused('negative size', chunked('-1\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-size', 'hexadecimal digits only'),
  refused('empty size', chunked('\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-size', 'at least one digit'),
  refused('size of 13 digits', chunked('0000000000003\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-size', 'no overflow to play with'),
  refused('space after the size', chunked('3 \r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-size', 'no white space'),
  refused('bare LF after the size', chunked(`3\nabc\r\n0\r\n\r\n`), 400, 'bare-lf', 'lenient parsers end the line here'),
  refused('bare CR after the size', chunked('3\rabc\r\n0\r\n\r\n'), 400, 'bare-cr', 'some parsers take CR for a line end'),
  refused('data longer than its size', chunked('3\r\nabcd\r\n0\r\n\r\n'), 400, 'bad-chunk-end', 'CR LF must follow the data'),
  refused('data without CRLF', chunked(`3\r\nabc0\r\n\r\n`), 400, 'bad-chunk-end', 'CR LF must follow the data'),
  refused('bare LF after the data', chunked('3\r\nabc\n0\r\n\r\n'), 400, 'bare-lf', 'lenient parsers end the chunk here'),
  passed('extension with token', chunked('3;a=b\r\nabc\r\n0;c\r\n\r\n'), ['POST /p abc'], 'extensions are checked and dropped'),
  passed('extension with quoted string', chunked('3;a="b;\\"c"\r\nabc\r\n0\r\n\r\n'), ['POST /p abc'], 'extensions are checked and dropped'),
  refused('bare LF in an extension', chunked(`3;\nabc\r\n0\r\n\r\n${HIDDEN}`), 400, 'bare-lf', 'the front of CVE-2025-55315'),
  refused('bare LF after an extension name', chunked(`3;a\nabc\r\n0\r\n\r\n${HIDDEN}`), 400, 'bare-lf', 'the front of CVE-2025-55315'),
  refused('CR in an extension', chunked('3;a\rb\r\nabc\r\n0\r\n\r\n'), 400, 'bare-cr', 'some parsers take CR for a line end'),
  refused('LF in a quoted extension', chunked('3;a="\n"\r\nabc\r\n0\r\n\r\n'), 400, 'bare-lf', 'a line never goes on after LF'),
  refused('extension without name', chunked('3;=b\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-extension', 'a name is a token'),
  refused('extension with a byte above 0x7f', chunked('3;a=\xe9\r\nabc\r\n0\r\n\r\n'), 400, 'bad-chunk-extension', 'ASCII only'),
  refused('extension of 2 KiB', chunked(`3;a=${'b'.repeat(2048)}\r\nabc\r\n0\r\n\r\n`), 400, 'chunk-extension-too-large', 'the limit is 1 KiB'),
]

const TRAILERS: readonly FramingCase[] = [
  passed('trailer', chunked('3\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n'), ['POST /p abc'], 'trailers are allowed'),
  refused('Content-Length as trailer', chunked('0\r\nContent-Length: 5\r\n\r\n'), 400, 'forbidden-trailer', 'framing is decided by the head'),
  refused('Transfer-Encoding as trailer', chunked('0\r\nTransfer-Encoding: chunked\r\n\r\n'), 400, 'forbidden-trailer', 'framing is decided by the head'),
  refused('Host as trailer', chunked('0\r\nHost: b.test\r\n\r\n'), 400, 'forbidden-trailer', 'routing is decided by the head'),
  refused('Authorization as trailer', chunked('0\r\nAuthorization: x\r\n\r\n'), 400, 'forbidden-trailer', 'authentication is decided by the head'),
  refused('X-Forwarded-For as trailer', chunked('0\r\nX-Forwarded-For: 1.1.1.1\r\n\r\n'), 400, 'forbidden-trailer', 'nobody may speak for the proxy'),
  refused('bare LF in trailers', chunked('0\r\nX: 1\n\r\n'), 400, 'bare-lf', 'lenient parsers end the line here'),
  refused('bare LF ends the trailers', chunked(`0\r\n\n${HIDDEN}`), 400, 'bare-lf', 'lenient parsers end the body here'),
  refused('folded trailer', chunked('0\r\nX: 1\r\n 2\r\n\r\n'), 400, 'folded-line', 'same grammar as fields'),
  refused('trailers of 9 KiB', chunked(`0\r\nX: ${'a'.repeat(9000)}\r\n\r\n`), 431, 'trailers-too-large', 'the limit is 8 KiB'),
]

const SEQUENCES: readonly FramingCase[] = [
  passed('two pipelined requests', get() + post('Content-Length: 2\r\n', 'hi'), ['GET /a', 'POST /p hi'], 'answered in order'),
  passed('chunked, then GET', chunked('3\r\nabc\r\n0\r\n\r\n') + get(), ['POST /p abc', 'GET /a'], 'the next request begins after the last CRLF'),
  passed('CRLF after a body', `${post('Content-Length: 2\r\n', 'hi')}\r\n${get()}`, ['POST /p hi', 'GET /a'], 'old clients send it'),
  {
    name: 'garbage after a good request',
    bytes: `${get()}\0\0\0\0\r\n\r\n`,
    statuses: [200, 400],
    fault: 'nul-byte',
    origin: ['GET /a'],
    why: 'the good request is answered, the rest refused',
  },
  {
    name: 'body longer than its length',
    bytes: post('Content-Length: 2\r\n', 'hi there\r\n\r\n'),
    statuses: [200, 400],
    fault: 'bad-method',
    origin: ['POST /p hi'],
    why: 'what is left over is no request',
  },
  {
    name: 'request after Connection: close',
    bytes: get('Connection: close\r\n') + HIDDEN,
    statuses: [200],
    origin: ['GET /a'],
    why: 'nothing is read after close',
  },
]

export const BODY_CASES: readonly FramingCase[] = [...LENGTHS, ...CODINGS, ...CHUNKS, ...TRAILERS, ...SEQUENCES]
