// In bytes that are compressed a run of so many printable ones comes by chance once in ten million.
const SHORTEST_RUN = 16

/**
 * The runs of printable ASCII in binary data, one a line. A server that does not mind Content-Encoding reads a coded body as it is,
 * and text can stand in the clear in valid coded data: in the file name of gzip, in stored blocks, behind the end.
 */
export function printableRuns(text: string): string {
  let runs = ''
  let start = 0
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 0 : text.charCodeAt(at)
    if ((code >= 0x20 && code < 0x7f) || code === 0x09 || code === 0x0a || code === 0x0d) continue
    if (at - start >= SHORTEST_RUN) runs += `${runs === '' ? '' : '\n'}${text.slice(start, at)}`
    start = at + 1
  }
  return runs
}

/** Shorter than this everything is looked at as it is: chance needs more bytes to look like an attack. */
const SURELY_SMALL = 2048
/** One byte in so many is a control byte in binary data, and none in text. */
const BYTES_PER_CONTROL = 50

/**
 * What rules for text shall see of a body of which nobody knows what it is: text as it is; of binary data, such as an image or an
 * archive, the printable runs, as megabytes of random bytes hold anything by chance.
 */
export function visibleText(text: string): string {
  if (text.length <= SURELY_SMALL) return text
  let controls = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < 0x09 || (code > 0x0d && code < 0x20)) controls++
  }
  return controls * BYTES_PER_CONTROL < text.length ? text : printableRuns(text)
}
