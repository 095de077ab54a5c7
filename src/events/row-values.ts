import type { FieldValue, ScalarValue } from '#fields'
import type { IpAddress } from '#wire'
import type { Redactor } from './redaction.ts'
import type { Treatment } from './redaction-table.ts'
import { columnText, jsonText, wholeNumber } from './row-text.ts'
import { redactMatches } from './waf-matches.ts'

/** Most bytes of one value, of one map, and of the key of a map entry. */
export interface ValueLimits {
  readonly valueBytes: number
  readonly mapBytes: number
  readonly keyBytes: number
}

export const USUAL_LIMITS: ValueLimits = { valueBytes: 8192, mapBytes: 32_768, keyBytes: 512 }
/** For rows that would be longer than a row may be: forty fields of this size fit. */
export const TIGHT_LIMITS: ValueLimits = { valueBytes: 512, mapBytes: 4096, keyBytes: 128 }

/**
 * Most bytes of the matches of the WAF, and of what is sealed. A request that fills its row with other things to hide its
 * attack must not get rid of these, so they are the same for both limits above.
 */
const MATCHES_BYTES = 20_480
const WHOLE_BYTES = 16_384

const MAPPED_BASE = 0xffff_0000_0000
const KNOWN_KEYS = 2048

interface KeyForm {
  readonly json: string
  readonly treatment: Treatment
  /** The value that this key had last, and how it was written: most headers repeat from request to request. */
  lastValue: string
  lastJson: string
}

const REMEMBERED_LENGTH = 256

/** Writes the values of one row, and remembers what it had to leave out. One an encoder; `begin` starts a row. */
export class RowValues {
  readonly #redactor: Redactor
  readonly #keys = new Map<string, KeyForm>()
  #limits = USUAL_LIMITS
  #omissions = ''

  constructor(redactor: Redactor) {
    this.#redactor = redactor
  }

  /** @param cutFields those of which there is only the beginning */
  begin(limits: ValueLimits, cutFields: readonly string[] = []): void {
    this.#limits = limits
    this.#omissions = ''
    for (const field of cutFields) this.#omit(field, undefined, 'truncated')
  }

  /** False while a row is written again with tighter limits. */
  get usual(): boolean {
    return this.#limits === USUAL_LIMITS
  }

  /** What was left out since the row began or since the last call; starts anew. */
  takeOmissions(): string {
    const omissions = this.#omissions
    this.#omissions = ''
    return omissions
  }

  /** Adds what `takeOmissions` gave. */
  addOmissions(omissions: string): void {
    if (omissions !== '') this.#omissions += this.#omissions === '' ? omissions : `,${omissions}`
  }

  /** The column `omissions` of the row: absent when nothing was left out. */
  omissions(): string {
    return this.#omissions === '' ? '' : `[${this.#omissions}]`
  }

  text(value: string, field: string): string {
    return columnText(value.length > this.#limits.valueBytes ? this.#cut(value, field, undefined) : value)
  }

  /** A text whose secrets are replaced. It is cut first, so that a huge value costs no more than a long one. */
  redacted(value: string, field: string, treatment: Treatment): string {
    const kept = value.length > this.#limits.valueBytes ? this.#cut(value, field, undefined) : value
    const result = this.#redactor.apply(treatment, kept)
    if (result !== kept) this.#omit(field, undefined, 'redacted')
    return columnText(result)
  }

  /** Matches of the WAF: JSON that is shortened by whole matches, so that what is stored can be read. */
  matches(json: string, field: string): string {
    const { text, isRedacted, omitted } = redactMatches(json, this.#redactor, MATCHES_BYTES)
    if (isRedacted) this.#omit(field, undefined, 'redacted')
    if (omitted > 0) this.#omit(field, undefined, 'truncated')
    return columnText(text)
  }

  /** A text that is of use only when it is whole. */
  whole(value: string, field: string): string {
    if (value.length <= WHOLE_BYTES) return columnText(value)
    this.#omit(field, undefined, 'truncated', value.length, this.#redactor.token(value))
    return ''
  }

  /** 128-bit number. IPv4 addresses stay below 2^53 when mapped, so that they need no bigint. */
  address(value: IpAddress): string {
    return typeof value === 'number' ? wholeNumber(MAPPED_BASE + value) : value.toString()
  }

  list(values: readonly ScalarValue[], field: string, hashed: boolean): string {
    if (hashed && values.length > 0) this.#omit(field, undefined, 'redacted')
    return `[${this.#elements(values, field, undefined, hashed ? 'hash' : 'plain')}]`
  }

  /** A map as a JSON object. Entries beyond the limit are left out; header values are treated by their name. */
  map(map: Extract<FieldValue, ReadonlyMap<string, unknown>>, field: string, hashed: boolean): string {
    let result = ''
    for (const [key, value] of map) {
      if (result.length > this.#limits.mapBytes || key.length > this.#limits.keyBytes) {
        this.#omit(field, undefined, 'truncated')
        break
      }
      const form = this.#keyForm(key)
      if (result !== '') result += ','
      result += form.json + this.#entry(value, field, key, hashed, form)
    }
    return `{${result}}`
  }

  /** A value whose column cannot hold a hash (a number, an address) and that must not be stored. */
  withheld(field: string): string {
    this.#omit(field, undefined, 'redacted')
    return ''
  }

  #entry(
    value: ScalarValue | readonly ScalarValue[],
    field: string,
    key: string,
    hashed: boolean,
    form: KeyForm,
  ): string {
    const treatment = hashed ? 'hash' : form.treatment
    if (!Array.isArray(value)) return this.#element(value as ScalarValue, field, key, treatment)
    // Nearly every header has one value.
    if (value.length === 1) {
      const [only] = value as readonly ScalarValue[]
      if (treatment !== 'plain' || typeof only !== 'string' || only.length > REMEMBERED_LENGTH) {
        return `[${this.#element(only, field, key, treatment)}]`
      }
      if (only !== form.lastValue) {
        form.lastValue = only
        form.lastJson = `[${jsonText(only)}]`
      }
      return form.lastJson
    }
    return `[${this.#elements(value, field, key, treatment)}]`
  }

  #elements(values: readonly ScalarValue[], field: string, key: string | undefined, treatment: Treatment): string {
    let result = ''
    for (let at = 0; at < values.length; at++) {
      if (result.length > this.#limits.mapBytes) {
        this.#omit(field, key, 'truncated')
        break
      }
      if (at > 0) result += ','
      result += this.#element(values[at], field, key, treatment)
    }
    return result
  }

  #element(value: ScalarValue, field: string, key: string | undefined, treatment: Treatment): string {
    if (typeof value !== 'string') return treatment === 'plain' ? String(value) : 'null'
    const kept = value.length > this.#limits.valueBytes ? this.#cut(value, field, key) : value
    if (treatment === 'plain') return jsonText(kept)
    const result = this.#redactor.apply(treatment, kept)
    if (result !== kept) this.#omit(field, key, 'redacted')
    return jsonText(result)
  }

  /** Header names repeat: their JSON form and treatment are looked up, not made, up to a bound that clients cannot raise. */
  #keyForm(key: string): KeyForm {
    const known = this.#keys.get(key)
    if (known !== undefined) return known
    const form = {
      json: `${jsonText(key)}:`,
      treatment: this.#redactor.treatments.ofHeader(key),
      lastValue: '',
      lastJson: '[""]',
    }
    if (this.#keys.size < KNOWN_KEYS) this.#keys.set(key, form)
    return form
  }

  #cut(value: string, field: string, key: string | undefined): string {
    this.#omit(field, key, 'truncated', value.length, this.#redactor.token(value))
    return value.slice(0, this.#limits.valueBytes)
  }

  #omit(field: string, key: string | undefined, reason: string, length?: number, hash?: string): void {
    const tail = length === undefined ? '' : `,${length},"${hash}"`
    this.addOmissions(`["${field}",${key === undefined ? 'null' : jsonText(key)},"${reason}"${tail}]`)
  }
}
