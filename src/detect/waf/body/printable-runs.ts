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
