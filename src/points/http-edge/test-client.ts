import { createHash, timingSafeEqual } from 'node:crypto'
import { type FieldList, fieldValue, findField } from '#wire'

/** A client that proves by this field that it is a tester gets told what the WAF found. */
const TEST_FIELD = 'tidegate-test'

/** Recognises the test client by its secret. */
export class TestClient {
  readonly #digest: Buffer

  constructor(secret: string) {
    this.#digest = digestOf(Buffer.from(secret, 'utf8').toString('latin1'))
  }

  /** Whether the fields hold the secret. Digests are compared, so that the time tells nothing about the secret. */
  isMeant(fields: FieldList): boolean {
    const value = fieldValue(fields, TEST_FIELD)
    return value !== undefined && timingSafeEqual(digestOf(value), this.#digest)
  }
}

function digestOf(bytes: string): Buffer {
  return createHash('sha256').update(bytes, 'latin1').digest()
}

/** The fields without the secret: neither the rules of the WAF nor the log shall see it. */
export function withoutTestField(fields: FieldList): FieldList {
  if (findField(fields, TEST_FIELD) < 0) return fields
  return fields.filter((_, i) => fields[i - (i % 2)].toLowerCase() !== TEST_FIELD)
}
