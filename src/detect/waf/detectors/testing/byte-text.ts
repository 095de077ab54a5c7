/** `text` as detectors get it: each byte of its UTF-8 form as one character. */
export function byteText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}
