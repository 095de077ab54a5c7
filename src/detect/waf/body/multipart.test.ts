import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { BodyContents } from '../body-contents.ts'
import { type BodyLimits, DEFAULT_BODY_LIMITS } from './limits.ts'
import { parseMultipart } from './multipart.ts'

const FIELD = '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
const FILE =
  '--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\nContent-Type: text/plain\r\n\r\nhello\r\n'
const END = '--b--\r\n'

const NO_END = 'Multipart: Final boundary missing'
const NO_DISPOSITION = 'Multipart: Content-Disposition header missing'

function read(text: string, limits: Partial<BodyLimits> = {}, complete = true): BodyContents {
  const bytes = Buffer.from(text, 'latin1')
  const contentType = 'multipart/form-data; boundary=b'
  return parseMultipart(contentType, bytes, text, { ...DEFAULT_BODY_LIMITS, ...limits }, complete)
}

test('parseMultipart tells fields and files apart', () => {
  const body = FIELD + FILE + END
  const contents = read(body)
  assert.deepEqual(contents.pairs, ['a', '1'])
  assert.deepEqual(contents.partNames, ['a', 'f'])
  assert.deepEqual(
    contents.partHeaders,
    [
      ['a', 'Content-Disposition: form-data; name="a"'],
      ['f', 'Content-Disposition: form-data; name="f"; filename="x.txt"'],
      ['f', 'Content-Type: text/plain'],
    ].flat(),
  )
  const [{ head, contentOffset, ...file }] = contents.files
  assert.deepEqual(file, {
    name: 'f',
    fileName: 'x.txt',
    extendedFileName: undefined,
    sizeBytes: 5,
    contentType: 'text/plain',
  })
  assert.equal(Buffer.from(head).toString(), 'hello')
  assert.equal(body.slice(contentOffset, contentOffset + 5), 'hello')
  assert.deepEqual([contents.error, [...contents.irregularities]], [undefined, []])
  assert.equal(contents.parsedBytes, body.length)
})

test('parseMultipart names what is irregular as SecLang does', () => {
  const lf = (text: string): string => text.replaceAll('\r\n', '\n')
  const cases: readonly [body: string, irregularities: string[], error: string | undefined, why: string][] = [
    [FIELD + END, [], undefined, 'regular'],
    [FIELD + '--b--', [], undefined, 'no line end after the last boundary'],
    [lf(FIELD + END), ['lf-line'], undefined, 'bare line feeds'],
    [FIELD + lf(FILE) + END, ['crlf-lf-lines', 'lf-line'], undefined, 'both line ends'],
    [`x\r\n${FIELD}${END}`, ['data-before'], undefined, 'text before'],
    [`\r\n${FIELD}${END}`, ['data-before'], undefined, 'an empty line before'],
    [`${FIELD}${END}x`, ['data-after'], undefined, 'text after'],
    [`${FIELD}${END}\r\n`, ['data-after'], undefined, 'an empty line after'],
    [FIELD, [], NO_END, 'no end'],
    ['', [], 'Multipart: Boundary not found in the body', 'nothing'],
    [`${FIELD}--bx\r\n${END}`, ['unmatched-boundary'], 'Multipart: Invalid boundary', 'a longer boundary'],
    [
      `${FIELD}--b \r\n\r\nx\r\n${END}`,
      ['invalid-part', 'unmatched-boundary'],
      'Multipart: Invalid boundary',
      'blanks after the boundary',
    ],
    [FIELD.replace('1', '--- -\r\n--x') + END, ['hyphen-line'], undefined, 'a line of hyphens in a value'],
    [FIELD.replace('; name', ';\r\n name') + END, ['header-folding'], undefined, 'a folded header'],
    [
      FIELD.replace('--b\r\n', '--b\r\n x: y\r\n') + END,
      ['header-folding', 'invalid-header-folding'],
      'Multipart: Invalid part header (folding error)',
      'nothing to fold',
    ],
    ['--b\r\n\r\nx\r\n--b--', ['invalid-part'], NO_DISPOSITION, 'no headers'],
    ['--b\r\nX: y\r\n\r\nx\r\n--b--', ['invalid-part'], NO_DISPOSITION, 'no disposition'],
    [FIELD.replace(' name="a"', ' x="a"') + END, ['invalid-part'], 'Multipart: Part name missing', 'no name'],
    [
      FIELD.replace('; name="a"', ' name="a"') + END,
      ['invalid-part', 'missing-semicolon'],
      'Multipart: Invalid Content-Disposition header (semicolon missing)',
      'no semicolon',
    ],
    [FIELD.replace('"a"', "'a'") + END, ['invalid-quoting'], undefined, 'single quotes'],
    [
      FIELD.replace('Content-D', '\x0eContent-D') + END,
      ['invalid-part'],
      'Multipart: Invalid part header (contains invalid character)',
      'a control character in a header name',
    ],
    [
      FIELD.replace('name="a"', 'name="a\0"') + END,
      ['invalid-part'],
      'Multipart: Nul byte in a part header',
      'a zero byte',
    ],
    [
      FIELD.replace('\r\n\r\n', '\r\nfolded\r\n\r\n') + END,
      [],
      'Multipart: Invalid part header (colon missing)',
      'a header without colon',
    ],
    [
      FIELD.replace('\r\n\r\n', '\r\nContent-Disposition: form-data; name="z"\r\n\r\n') + END,
      ['duplicate-part-header'],
      'Multipart: Duplicate part header (content-disposition)',
      'two dispositions',
    ],
  ]
  for (const [body, irregularities, error, why] of cases) {
    const contents = read(body)
    const fault = error === undefined || error === NO_END ? [] : ['parser-fault']
    const expected = [...irregularities, ...fault].sort()
    assert.deepEqual([[...contents.irregularities].sort(), contents.error], [expected, error], why)
  }
})

test('parseMultipart keeps values exactly', () => {
  const cases: readonly [content: string, why: string][] = [
    ['', 'empty'],
    ['\r\n', 'a line end'],
    ['a\r\nb\nc\rd', 'line ends inside'],
    ['x\r\n--bb', 'nearly a boundary'],
    ['\x00\xff\x80', 'any bytes'],
    [' x ', 'blanks'],
  ]
  for (const [content, why] of cases) {
    const body = `--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n${content}\r\n--b--\r\n`
    assert.deepEqual(read(body).pairs, ['a', content], why)
  }
})

test('parseMultipart shows as a field what some servers do not take for a file', () => {
  const part = (parameters: string, content: string): string =>
    `--b\r\nContent-Disposition: form-data; name="q"; ${parameters}\r\n\r\n${content}\r\n${END}`
  const extended = read(part("filename*=utf-8''x.php", '<script>'))
  assert.deepEqual(extended.pairs, ['q', '<script>'])
  assert.equal(extended.files[0].fileName, 'x.php')
  const unnamed = read(part('filename=""', '<script>'))
  assert.deepEqual([unnamed.pairs, unnamed.files.length], [['q', '<script>'], 0])
})

test('parseMultipart ends a part whose headers have no end', () => {
  const contents = read('--b\nContent-Disposition: form-data; name="f"; filename="x"\n111\n--b--\n')
  assert.deepEqual(
    contents.files.map(({ name, sizeBytes }) => [name, sizeBytes]),
    [['f', 0]],
  )
})

test('parseMultipart does not trust its reading when something stands before the first boundary', () => {
  assert.equal(read(`a=<script>\r\n${FIELD}${END}`).parsedBytes, 0)
  assert.ok(read(`\r\n${FIELD}${END}`).parsedBytes > 0)
})

test('parseMultipart leaves what follows the last boundary to be read as it is', () => {
  const body = `${FIELD}${END}`
  assert.equal(read(`${body}<script>`).parsedBytes, body.length)
})

test('parseMultipart takes a cut body without an error', () => {
  const body = FIELD + FILE + END
  for (let length = 0; length < body.length; length++) {
    assert.equal(read(body.slice(0, length), {}, false).error, undefined, String(length))
  }
})

test('parseMultipart keeps its limits', () => {
  const parts = read(FIELD.repeat(5) + END, { parts: 3 })
  assert.deepEqual([parts.limit, parts.partNames.length, parts.parsedBytes], ['parts', 3, FIELD.length * 3 + 5])
  const files = read(FILE.repeat(3) + END, { files: 2 })
  assert.deepEqual([files.limit, [...files.irregularities]], ['files', ['file-limit-exceeded']])
  const head = read(FIELD.replace('\r\n\r\n', `\r\nX: ${'y'.repeat(300)}\r\n\r\n`) + END, { partHeaderBytes: 100 })
  assert.deepEqual([head.limit, head.error], ['part-header', 'Multipart: Part header too long'])
})

test('parseMultipart without a boundary reads nothing and says why', () => {
  const bytes = Buffer.from(FIELD + END)
  const contents = parseMultipart('multipart/form-data', bytes, bytes.toString('latin1'), DEFAULT_BODY_LIMITS, true)
  assert.deepEqual([contents.parsedBytes, contents.error], [0, 'Multipart: Boundary not found in Content-Type'])
})

test('parseMultipart reads back what FormData writes', async () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text, fc.boolean()), { maxLength: 5 }), async (entries) => {
      const form = new FormData()
      for (const [name, value, isFile] of entries) {
        if (isFile) form.append(name, new Blob([value]), 'file.bin')
        else form.append(name, value)
      }
      const response = new Response(form)
      const bytes = Buffer.from(await response.arrayBuffer())
      const contentType = response.headers.get('content-type') ?? ''
      const contents = parseMultipart(contentType, bytes, bytes.toString('latin1'), DEFAULT_BODY_LIMITS, true)
      const fields = entries.filter(([, , isFile]) => !isFile)
      assert.deepEqual(
        contents.pairs.filter((_, index) => index % 2 === 1),
        fields.map(([, value]) => wire(value)),
      )
      assert.deepEqual(
        contents.files.map(({ sizeBytes }) => sizeBytes),
        entries.filter(([, , isFile]) => isFile).map(([, value]) => Buffer.byteLength(value)),
      )
      assert.equal(contents.error, undefined)
    }),
    { numRuns: 50 },
  )
})

/** Forms send line ends as CR LF (WHATWG HTML, multipart/form-data encoding algorithm). */
function wire(value: string): string {
  return Buffer.from(value.replaceAll(/\r\n|\r|\n/g, '\r\n'), 'utf8').toString('latin1')
}

test('parseMultipart ends on any mixture of its own pieces', () => {
  const piece = fc.constantFrom(
    '--b',
    '--b--',
    '--',
    '\r\n',
    '\n',
    '\r',
    ' ',
    'Content-Disposition: form-data',
    '; name="a"',
    '; filename="x"',
    ':',
    'x',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const body = pieces.join('')
      const contents = read(body)
      assert.ok(contents.parsedBytes <= body.length)
      let contentBytes = 0
      for (const file of contents.files) contentBytes += file.sizeBytes
      assert.ok(contentBytes <= body.length)
    }),
    { numRuns: 2000 },
  )
})
