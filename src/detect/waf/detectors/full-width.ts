// U+FF01 to U+FF5E in UTF-8: EF BC 81 to EF BC BF, EF BD 80 to EF BD 9E.
const FULL_WIDTH = /\xef(?:\xbc[\x81-\xbf]|\xbd[\x80-\x9e])/g

const QUOTE = '\xef\xbc\x87'
const LESS = '\xef\xbc\x9c'

/**
 * `value` with the full-width forms of ASCII as ASCII, when it holds a full-width quote or `<`: databases and frameworks that
 * convert text to an older code page make the plain character of it. Other values are returned as they are, because Chinese
 * and Japanese prose is full of the other forms.
 */
export function foldFullWidth(value: string): string {
  if (!value.includes('\xef\xbc') || !(value.includes(QUOTE) || value.includes(LESS))) return value
  return value.replace(FULL_WIDTH, (bytes) => String.fromCharCode(0x20 + fullWidthIndex(bytes)))
}

/** Place of a full-width character after U+FF00. */
function fullWidthIndex(bytes: string): number {
  return (bytes.charCodeAt(1) === 0xbc ? 0 : 0x40) + (bytes.charCodeAt(2) & 0x3f)
}
