import { copyBytes, outputBytes, outputText } from './byte-output.ts'

/** Makes one space of each comment of C; one that is not closed reaches to the end. */
export function replaceComments(text: string): string {
  let start = text.indexOf('/*')
  if (start < 0) return text
  const output = outputBytes(text.length)
  let length = 0
  let copiedTo = 0
  while (start >= 0) {
    length = copyBytes(text, copiedTo, start, output, length)
    output[length++] = SPACE
    const end = text.indexOf('*/', start + 2)
    copiedTo = end < 0 ? text.length : end + 2
    start = end < 0 ? -1 : text.indexOf('/*', copiedTo)
  }
  length = copyBytes(text, copiedTo, text.length, output, length)
  return outputText(output, length)
}

const SPACE = 0x20

/** What opens, closes or begins a comment, longest first where one begins another. */
const COMMENT_MARKS = ['/*', '*/', '<!--', '-->', '--', '#'] as const

/** Takes out the characters that open or close comments of C, HTML, SQL and shells, and leaves their contents. */
export function removeCommentsChar(text: string): string {
  if (!MAY_HOLD_MARK.test(text)) return text
  const output = outputBytes(text.length)
  let length = 0
  for (let at = 0; at < text.length;) {
    const mark = markAt(text, at, COMMENT_MARKS)
    if (mark === undefined) output[length++] = text.charCodeAt(at++)
    else at += mark.length
  }
  return length === text.length ? text : outputText(output, length)
}

const MAY_HOLD_MARK = /\/\*|\*\/|--|#/

/** 1 for the bytes that begin a mark: every other one is passed quickly. */
const BEGINS_MARK = new Uint8Array(256)
for (const mark of COMMENT_MARKS) BEGINS_MARK[mark.charCodeAt(0)] = 1

function markAt<Mark extends string>(text: string, at: number, marks: readonly Mark[]): Mark | undefined {
  if (BEGINS_MARK[text.charCodeAt(at) & 0xff] === 0) return undefined
  return marks.find((mark) => text.startsWith(mark, at))
}

/** What opens a comment, with what closes it; the last two reach to the end of the text. */
const CLOSING = { '/*': '*/', '<!--': '-->', '--': undefined, '#': undefined } as const

const OPENING = ['/*', '<!--', '--', '#'] as const

/** Takes comments of C and HTML out, and everything from `--` or `#` on. One that is not closed leaves a space. */
export function removeComments(text: string): string {
  if (!MAY_OPEN_COMMENT.test(text)) return text
  const output = outputBytes(text.length)
  let length = 0
  for (let at = 0; at < text.length;) {
    const mark = markAt(text, at, OPENING)
    if (mark === undefined) {
      output[length++] = text.charCodeAt(at++)
      continue
    }
    const closing = CLOSING[mark]
    if (closing === undefined) break
    const end = text.indexOf(closing, at + mark.length)
    if (end < 0) {
      output[length++] = SPACE
      break
    }
    at = end + closing.length
  }
  return outputText(output, length)
}

const MAY_OPEN_COMMENT = /\/\*|--|#/
