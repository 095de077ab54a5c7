/** Unicode text as its UTF-8 bytes, one a character, as requests hold it. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Bytes as an HTML form sends them: a space is a plus, letters, digits and `*-._` stay. */
export function escapeForm(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9*._-]/g, (byte) =>
    byte === ' ' ? '+' : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** Bytes as `encodeURIComponent` and browsers write them into queries. */
export function escapeComponent(bytes: string): string {
  return bytes.replace(
    /[^A-Za-z0-9!'()*._~-]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** A form body from Unicode names and values. */
export function formBody(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${escapeForm(utf8(name))}=${escapeForm(utf8(value))}`).join('&')
}

/** A multipart body from Unicode fields, with the boundary that `MULTIPART_TYPE` names. */
export function multipartBody(pairs: readonly (readonly [string, string])[]): string {
  const parts = pairs.map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${utf8(name)}"\r\n\r\n${utf8(value)}\r\n`,
  )
  return `${parts.join('')}--${BOUNDARY}--\r\n`
}

const BOUNDARY = '----WebKitFormBoundary7MA4YWxkTrZu0gW'

export const MULTIPART_TYPE = `multipart/form-data; boundary=${BOUNDARY}`
export const FORM_TYPE = 'application/x-www-form-urlencoded'
export const JSON_TYPE = 'application/json'
