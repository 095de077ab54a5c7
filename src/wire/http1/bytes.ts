/** Byte classes of RFC 9110 section 5.6 and RFC 9112, as tables indexed by byte: 1 = belongs to the class. */

const TOKEN_CHARACTERS = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

function tableOf(belongs: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (belongs(byte) ? 1 : 0))
}

/** `tchar`: methods, field names, chunk extension names. */
export const TOKEN = tableOf(
  (byte) => byte > 0x20 && byte < 0x7f && TOKEN_CHARACTERS.includes(String.fromCharCode(byte)),
)

/** Field values: visible ASCII, space, tab and bytes above 0x7f. */
export const FIELD_VALUE = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))

/** Request targets: visible ASCII except what a URI may not hold and parsers are known to disagree about. */
export const TARGET = tableOf((byte) => byte > 0x20 && byte < 0x7f && !'"<>\\^`{|}'.includes(String.fromCharCode(byte)))

/** Visible ASCII and space or tab: what a quoted string of a chunk extension may hold, besides its quotes. */
export const QUOTED_TEXT = tableOf((byte) => byte === 0x09 || (byte >= 0x20 && byte < 0x7f))

/** Value of a hexadecimal digit, or -1. */
export const HEX_VALUE = Int8Array.from({ length: 256 }, (_, byte) => {
  const value = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return byte < 0x80 ? value : -1
})

export const TAB = 0x09
export const LF = 0x0a
export const CR = 0x0d
export const SPACE = 0x20
export const COLON = 0x3a
