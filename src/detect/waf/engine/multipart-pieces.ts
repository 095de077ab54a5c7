import { readBoundary } from '../body/multipart-boundary.ts'
import { SecValue } from './sec-value.ts'
import { ARGS, ARGS_POST, variableId } from './variable-table.ts'

const MULTIPART_PART_HEADERS = variableId('MULTIPART_PART_HEADERS')
const FILES = variableId('FILES')

/** What stands at some place of a multipart body: fields are looked at, the contents of files are not, as in a held body. */
type Content = 'field' | 'file'

/** Windows of a stream begin with so many bytes of the one before. */
const OVERLAP_BYTES = 1024

const PART_HEAD_END = /\r?\n\r?\n/
const FILE_NAME = /;\s*filename\*?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\r\n]*))/i
const FIELD_NAME = /;\s*name\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i

/** Takes windows of a multipart body apart, of which the beginning was held and parsed. */
export class MultipartPieces {
  readonly #delimiter: string | undefined
  /** What stands where the next window begins. */
  #content: Content = 'field'

  /** @param held the text of the beginning, of which the first window repeats the end */
  constructor(contentType: string, held: string) {
    const { boundary } = readBoundary(contentType)
    this.#delimiter = boundary === undefined ? undefined : `\n--${boundary}`
    this.valuesOf(held)
  }

  /** Fields, file names and part headers in a window; without a boundary that can be told, the window as it is. */
  valuesOf(window: string): SecValue[] {
    const delimiter = this.#delimiter
    if (delimiter === undefined) return [new SecValue(ARGS, ARGS_POST, '', window)]
    const values: SecValue[] = []
    let next = `\n${window}`.indexOf(delimiter) - 1
    const first = window.slice(0, next < -1 ? window.length : Math.max(0, next))
    if (this.#content === 'field' && first !== '') values.push(new SecValue(ARGS, ARGS_POST, '', first))
    while (next >= -1) {
      const start = next
      next = window.indexOf(delimiter, start + delimiter.length)
      const part = window.slice(start + delimiter.length, next < 0 ? window.length : next)
      const content = addPart(part, values)
      if (start <= window.length - OVERLAP_BYTES) this.#content = content
      if (next < 0) break
    }
    return values
  }
}

/** Adds what a part shows, its head first. A head that is cut belongs to a file: the next window has it whole. */
function addPart(part: string, values: SecValue[]): Content {
  const end = PART_HEAD_END.exec(part)
  const head = end === null ? part : part.slice(0, end.index)
  const name = textOf(FIELD_NAME.exec(head))
  const file = FILE_NAME.exec(head)
  for (const line of head.split(/\r?\n/)) {
    if (line !== '') values.push(new SecValue(MULTIPART_PART_HEADERS, MULTIPART_PART_HEADERS, name, line))
  }
  if (file !== null) values.push(new SecValue(FILES, FILES, name, textOf(file)))
  if (file !== null || end === null) return 'file'
  values.push(new SecValue(ARGS, ARGS_POST, name, part.slice(end.index + end[0].length)))
  return 'field'
}

function textOf(match: RegExpExecArray | null): string {
  return match?.[1] ?? match?.[2] ?? ''
}
