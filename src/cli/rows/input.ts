import { createReadStream } from 'node:fs'
import { messageOf, TidegateError } from '#kernel'

const LINE_CHARACTERS = 64 * 1024 * 1024

/** A line of the input with its number from 1. */
export interface InputLine {
  readonly number: number
  readonly text: string
}

/**
 * Lines of a file, or of standard input for `-`, in batches as they arrive. Blank lines are counted and left out.
 * @throws TidegateError ERR_USAGE when the file cannot be read or a line has more than 64 Mi characters
 */
export async function* readLines(path: string): AsyncGenerator<readonly InputLine[]> {
  const stream = path === '-' ? process.stdin : createReadStream(path)
  stream.setEncoding('utf8')
  const splitter = new LineSplitter()
  try {
    for await (const chunk of stream as AsyncIterable<string>) yield splitter.push(chunk)
  } catch (error) {
    if (error instanceof TidegateError) throw error
    throw new TidegateError('ERR_USAGE', `--input ${path} cannot be read: ${messageOf(error)}`, {
      source: 'environment',
      remedy: 'Give a file of JSON objects, one a line, or - for standard input.',
      cause: error,
    })
  }
  yield splitter.push('\n')
}

class LineSplitter {
  #rest = ''
  #number = 0

  push(chunk: string): readonly InputLine[] {
    const parts = (this.#rest + chunk).split('\n')
    this.#rest = parts.pop() ?? ''
    if (this.#rest.length > LINE_CHARACTERS) {
      throw new TidegateError('ERR_USAGE', `line ${this.#number + 1} has more than ${LINE_CHARACTERS} characters`, {
        source: 'client',
        remedy: 'Write one JSON object a line.',
      })
    }
    return parts
      .map((part) => ({ number: ++this.#number, text: this.#number === 1 ? part.replace(/^\ufeff/, '') : part }))
      .filter(({ text }) => text.trim() !== '')
  }
}
