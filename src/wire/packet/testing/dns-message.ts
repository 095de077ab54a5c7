import { words } from './frames.ts'

/** Types of DNS records. */
export const RECORD_TYPE = { a: 1, ns: 2, txt: 16, aaaa: 28, any: 255 } as const

const RESPONSE = 0x8180
const QUERY = 0x0100
const CLASS_IN = 1
const POINTER_TO_QUESTION = 0xc00c

/** A question for one name. */
export function dnsQuery(id: number, name: string, type: number = RECORD_TYPE.a): Buffer {
  return Buffer.concat([words(id, QUERY, 1, 0, 0, 0), encodedName(name), words(type, CLASS_IN)])
}

/** An answer to that question with records of the same name. */
export function dnsAnswer(id: number, name: string, type: number, records: readonly Buffer[]): Buffer {
  const question = Buffer.concat([
    words(id, RESPONSE, 1, records.length, 0, 0),
    encodedName(name),
    words(type, CLASS_IN),
  ])
  const answers = records.map((data) =>
    Buffer.concat([words(POINTER_TO_QUESTION, type, CLASS_IN, 0, 300, data.length), data]),
  )
  return Buffer.concat([question, ...answers])
}

function encodedName(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  const parts = labels.map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]))
  return Buffer.concat([...parts, Buffer.from([0])])
}
