import { ELEMENTS, REVERSE_ELEMENTS, REVERSE_ENTERPRISE, SCOPES, type TakeElement } from './element.ts'

/** A length of 65,535 says that each value begins with its own (RFC 7011 section 7). */
const VARIABLE_LENGTH = 0xffff

/** Stands for the enterprise of the scopes of NetFlow version 9. */
export const SCOPE_ENTERPRISE = -1

/** One field of a template, as it was sent. `enterprise` is 0 for the elements of the IANA registry. */
export interface TemplateField {
  readonly element: number
  readonly enterprise: number
  readonly lengthBytes: number
}

/** What the records of one set look like, as plain data. */
export interface Template {
  readonly id: number
  /** Records with it say something about the exporter, not about flows. */
  readonly isOptions: boolean
  readonly fields: readonly TemplateField[]
}

/** Fields of one template. */
export const TEMPLATE_FIELD_LIMIT = 512

/** A template prepared for decoding. */
export class RecordLayout {
  readonly template: Template
  /** Length of every record, or the least of it when some value has its own length. */
  readonly leastBytes: number
  readonly isFixed: boolean
  readonly #takes: readonly (TakeElement | undefined)[]
  readonly #lengths: readonly number[]

  constructor(template: Template) {
    this.template = template
    this.#takes = template.fields.map(takeOf)
    this.#lengths = template.fields.map(({ lengthBytes }) => lengthBytes)
    this.isFixed = !this.#lengths.includes(VARIABLE_LENGTH)
    this.leastBytes = this.#lengths.reduce((sum, length) => sum + (length === VARIABLE_LENGTH ? 1 : length), 0)
  }

  /** Gives every value that is understood to `visit`; returns the end of the record, or -1 when it is not whole. */
  read(bytes: Buffer, start: number, end: number, frame: Parameters<TakeElement>[0]): number {
    let at = start
    if (this.isFixed && at + this.leastBytes > end) return -1
    for (let index = 0; index < this.#lengths.length; index++) {
      let length = this.#lengths[index]
      if (length === VARIABLE_LENGTH) {
        if (at >= end) return -1
        length = bytes[at++]
        if (length === 0xff) {
          if (at + 2 > end) return -1
          length = bytes.readUInt16BE(at)
          at += 2
        }
      }
      if (at + length > end) return -1
      this.#takes[index]?.(frame, bytes, at, length)
      at += length
    }
    return at
  }
}

function takeOf({ element, enterprise }: TemplateField): TakeElement | undefined {
  if (enterprise === 0) return ELEMENTS[element]
  if (enterprise === SCOPE_ENTERPRISE) return SCOPES[element]
  return enterprise === REVERSE_ENTERPRISE ? REVERSE_ELEMENTS[element] : undefined
}
