import assert from 'node:assert/strict'
import test from 'node:test'
import { TRANSFORMATIONS } from './index.ts'

/** Facts about ModSecurity's transformations, checked against libmodsecurity where it does not break off at a NUL. */
const CASES: Readonly<Record<string, readonly (readonly [text: string, expected: string])[]>> = {
  base64Decode: [
    ['QUJD', 'ABC'],
    ['QUJDRA==', 'ABCD'],
    ['QUI=QUJD', 'AB'],
    ['QUJD!QUJD', 'ABC'],
    ['', ''],
  ],
  base64DecodeExt: [
    ['QU!JD\n', 'ABC'],
    ['.P.H.N.j', '<sc'],
  ],
  base64Encode: [['\xff\0a', '/wBh']],
  cmdLine: [
    ['C^OMMAND /C DIR', 'command/c dir'],
    ['"command" /c DiR', 'command/c dir'],
    ['cmd,;  \t/c', 'cmd/c'],
    ["w'h'o\\am\\i", 'whoami'],
    ['a  b', 'a b'],
    ['echo (x', 'echo(x'],
    ['as it is', 'as it is'],
  ],
  compressWhitespace: [
    ['a \t\r\n b', 'a b'],
    ['a\tb', 'a b'],
    ['a b', 'a b'],
    ['\xa0\xa0', '\xa0\xa0'],
  ],
  cssDecode: [
    ['\\6a\\61 va', 'java'],
    ['\\00006aav', 'jav'],
    ['\\ff21x', 'Ax'],
    ['\\abcdef0', '\xef0'],
    ['a\\\nb', 'ab'],
    ['\\zx\\', 'zx'],
    ['\\41\t\t', 'A\t'],
  ],
  escapeSeqDecode: [
    ['\\a\\b\\f\\n\\r\\t\\v\\?\\\'\\"\\\\', '\x07\b\f\n\r\t\v?\'"\\'],
    ['\\x41\\X42\\101\\60', 'ABA0'],
    ['\\777', '\xff'],
    ['\\q\\xz', 'qxz'],
    ['a\\', 'a\\'],
  ],
  hexDecode: [
    ['414243', 'ABC'],
    ['41424', 'AB'],
  ],
  hexEncode: [['A\xff\0', '41ff00']],
  htmlEntityDecode: [
    ['&lt;a&GT;&quot;&amp;&nbsp;', '<a>"&\xa0'],
    ['&lt&gt', '<>'],
    ['&#60;&#060&#x3c;&#X3C', '<<<<'],
    ['&#0000000000000000000000000000000060;', '<'],
    ['&amp;lt;', '&lt;'],
    ['&lta;&foo;&;&#;&#x;&#xg', '&lta;&foo;&;&#;&#x;&#xg'],
    ['&#x20ac;', '\xac'],
    ['a & b', 'a & b'],
  ],
  jsDecode: [
    ['\\u0041\\x42\\103\\n', 'ABC\n'],
    ['\\uff21\\uFF5E', 'A~'],
    ['\\u20ac', '\xac'],
    ['\\400\\377', '\x200\xff'],
    ['\\u00\\xg\\8\\z', 'u00xg8z'],
    ['a\\', 'a\\'],
  ],
  length: [
    ['', '0'],
    ['abc', '3'],
  ],
  lowercase: [['ABC\xc4\xd6z', 'abc\xc4\xd6z']],
  md5: [['', '\xd4\x1d\x8c\xd9\x8f\0\xb2\x04\xe9\x80\t\x98\xec\xf8B~']],
  none: [['A', 'A']],
  normalizePath: [
    ['/a/./b/../c//d', '/a/c/d'],
    ['../../a/../b', '../../b'],
    ['/../../etc/passwd', '/etc/passwd'],
    ['a/b/../..', ''],
    ['/a/..', '/'],
    ['/a/b/', '/a/b/'],
    ['/a/.', '/a'],
    ['./a', 'a'],
    ['..', '..'],
    ['//', '/'],
    ['a..b/...', 'a..b/...'],
    ['file.txt', 'file.txt'],
  ],
  normalizePathWin: [
    ['..\\..\\a\\.\\b', '../../a/b'],
    ['C:\\x\\..\\y', 'C:/y'],
  ],
  parityEven7bit: [['abcdefg', '\xe1\xe2c\xe4ef\xe7']],
  parityOdd7bit: [['abcdefg', 'ab\xe3d\xe5\xe6g']],
  parityZero7bit: [['\xe1b\xff', 'ab\x7f']],
  removeComments: [
    ['a/*b*/c<!--d-->e', 'ace'],
    ['a--b', 'a'],
    ['a#b', 'a'],
    ['a/*b', 'a '],
    ['a-b*/', 'a-b*/'],
  ],
  removeCommentsChar: [
    ['a/*b*/c<!--d-->e--f#g', 'abcdefg'],
    ['<!-x>', '<!-x>'],
    ['---', '-'],
  ],
  removeNulls: [['\0a\0b', 'ab']],
  removeWhitespace: [
    ['a b\t\r\n\v\f c', 'abc'],
    ['a\xc2\xa0b\xa0c', 'abc'],
    ['\xc2\xa3', '\xc2\xa3'],
    ['\xc2 \xa0x', '\xc2x'],
  ],
  replaceComments: [
    ['un/**/ion/*x', 'un ion '],
    ['/*/', ' '],
    ['a*/b', 'a*/b'],
  ],
  replaceNulls: [['a\0b', 'a b']],
  sha1: [['', '\xda9\xa3\xee^kK\r2U\xbf\xef\x95`\x18\x90\xaf\xd8\x07\t']],
  sqlHexDecode: [
    ['0x414243', 'ABC'],
    ['a0X41x', 'aAx'],
    ['0x4', '0x4'],
    ['0x414', 'A4'],
  ],
  trim: [[' \t\na b\r\n ', 'a b']],
  trimLeft: [['  a ', 'a ']],
  trimRight: [['  a \v', '  a']],
  uppercase: [['abc\xe4', 'ABC\xe4']],
  urlDecode: [
    ['%41+%2b%', 'A +%'],
    ['%zz%4%u0041', '%zz%4%u0041'],
    ['%%41', '%A'],
  ],
  urlDecodeUni: [
    ['%u0041%U0042%43', 'ABC'],
    ['%uff1cscript%uFF1E', '<script>'],
    ['%u221a', '\x1a'],
    ['%u00%u004g+', '%u00%u004g '],
    ['%uff00%uff5f', '\0_'],
  ],
  urlEncode: [['aZ09* /\xff-_.', 'aZ09*+%2f%ff%2d%5f%2e']],
  utf8toUnicode: [
    ['caf\xc3\xa9', 'caf%u00e9'],
    ['\xe2\x82\xac', '%u20ac'],
    ['\xf0\x9f\x98\x80', '%u1f600'],
    ['\xc0\xaf', '%u002f'],
    ['\xc3', '\xc3'],
    ['\x80\xff', '\x80\xff'],
  ],
}

test('every transformation does what its name says', () => {
  for (const [name, cases] of Object.entries(CASES)) {
    const { apply } = TRANSFORMATIONS[name.toLowerCase()]
    for (const [text, expected] of cases) assert.equal(apply(text), expected, `${name} of ${JSON.stringify(text)}`)
  }
})

test('each has cases, and both spellings of a path mean the same', () => {
  const names = new Set(Object.values(TRANSFORMATIONS).map(({ name }) => name))
  assert.deepEqual([...names].sort(), Object.keys(CASES).sort())
  assert.equal(TRANSFORMATIONS.normalisepath, TRANSFORMATIONS.normalizepath)
  assert.equal(TRANSFORMATIONS.normalisepathwin, TRANSFORMATIONS.normalizepathwin)
})
