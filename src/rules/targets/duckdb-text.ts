/**
 * Fragments of DuckDB SQL that the templates of several functions share. Each is null when its operand is.
 */

const SIMPLE = /^[\w.:"$]+$/

/**
 * Uses a value several times in `body` but writes and computes it once, unless it is as short as a column. Inside the body
 * of another `once` whose value it needs too, `variable` must be another name.
 */
export function once(sql: string, body: (value: string) => string, variable: string = 'value'): string {
  if (SIMPLE.test(sql)) return body(sql)
  return `list_extract(list_transform([${sql}], lambda ${variable}: ${body(variable)}), 1)`
}

/** DuckDB's own `lower` and `upper` also change bytes above 0x7f, so they only get text that has none: they are 15 times as fast. */
export function asciiCase(sql: string, name: 'lower' | 'upper'): string {
  const [from, to] =
    name === 'lower'
      ? ['ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz']
      : ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ']
  return once(
    sql,
    (text) => `CASE WHEN ${isAscii(text)} THEN ${name}(${text}) ELSE translate(${text}, '${from}', '${to}') END`,
  )
}

/** Two hexadecimal digits, in either case, as the character of that byte. */
export function byteOfHex(digits: string): string {
  return `chr(CAST('0x' || ${digits} AS INTEGER))`
}

/** Bytes in hexadecimal as a string of the language. */
export function textOfHex(hex: string): string {
  return `array_to_string(list_transform(regexp_extract_all(${hex}, '..'), lambda pair: ${byteOfHex('pair')}), '')`
}

/** A string of the language as BLOB. */
export function blobOfText(sql: string): string {
  return once(sql, (text) => `CASE WHEN ${isAscii(text)} THEN encode(${text}) ELSE unhex(${hexOfText(text)}) END`)
}

function hexOfText(text: string): string {
  return `array_to_string(list_transform(string_split(${text}, ''), lambda byte: format('{:02x}', ord(byte))), '')`
}

/** A 128-bit number: as a plain literal it would become a floating point number. */
export function addressLiteral(address: bigint): string {
  return `'${address}'::UHUGEINT`
}

/** True for an address in ::ffff:0:0/96, which is how an IPv4 address is stored. */
export function isIpv4(address: string): string {
  return `${address} BETWEEN ${addressLiteral(0xffff_0000_0000n)} AND ${addressLiteral(0xffff_ffff_ffffn)}`
}

function isAscii(text: string): string {
  return `strlen(${text}) = length(${text})`
}
