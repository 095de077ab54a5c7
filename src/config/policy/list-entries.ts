import type { ListData } from '#decide'
import { AddressRangesBuilder, type IpRange, parseCidr, parseIp } from '#wire'

/** The types of lists as they are written. */
export const LIST_TYPES = ['ip', 'string', 'asn', 'country'] as const

export type ListType = (typeof LIST_TYPES)[number]

/** Takes the entries of one list, one after the other. */
export interface ListCollector {
  /** False when the text is no entry of this type. */
  add(text: string): boolean
  finish(name: string): ListData
}

function addresses(): ListCollector {
  const builder = new AddressRangesBuilder()
  return {
    add: (text) => {
      const range = parseRange(text)
      if (range !== undefined) builder.add(range)
      return range !== undefined
    },
    finish: (name) => Object.freeze({ name, type: 'IP', ranges: builder.finish() }),
  }
}

function scalars<Value>(
  parse: (text: string) => Value | undefined,
  dataOf: (name: string, values: readonly Value[]) => ListData,
): () => ListCollector {
  return () => {
    const values: Value[] = []
    return {
      add: (text) => {
        const value = parse(text)
        if (value !== undefined) values.push(value)
        return value !== undefined
      },
      finish: (name) => Object.freeze(dataOf(name, Object.freeze(values))),
    }
  }
}

function stringData(name: string, values: readonly string[]): ListData {
  return { name, type: 'String', values }
}

function intData(name: string, values: readonly number[]): ListData {
  return { name, type: 'Int', values }
}

/** How a type of list reads an entry, and what the language sees of it. */
export interface ListTypeDefinition {
  readonly languageType: 'IP' | 'String' | 'Int'
  /** What an entry looks like, for messages. */
  readonly expected: string
  readonly collector: () => ListCollector
  /** First column names that mark the first line of a CSV file as its heading. */
  readonly headings: ReadonlySet<string>
}

const ASN_LAST = 2 ** 32 - 1

function parseRange(text: string): IpRange | undefined {
  const dash = text.indexOf('-')
  if (dash < 0) return parseCidr(text)
  const first = parseIp(text.slice(0, dash).trimEnd())
  const last = parseIp(text.slice(dash + 1).trimStart())
  if (first === undefined || last === undefined || typeof first !== typeof last || first > last) return undefined
  return { first, last }
}

function parseAsn(text: string): number | undefined {
  const [, digits] = /^(?:as ?)?(\d{1,10})$/i.exec(text) ?? []
  const asn = Number(digits)
  return digits === undefined || asn > ASN_LAST ? undefined : asn
}

/** Strings of the language are bytes, one a character: text stands for its UTF-8 bytes, as in a quoted literal. */
function parseString(text: string): string | undefined {
  return text === '' ? undefined : Buffer.from(text, 'utf8').toString('latin1')
}

function parseCountry(text: string): string | undefined {
  return /^[A-Za-z]{2}$/.test(text) ? text.toUpperCase() : undefined
}

export const LIST_TYPE_DEFINITIONS: Readonly<Record<ListType, ListTypeDefinition>> = {
  ip: {
    languageType: 'IP',
    expected: 'an address, a prefix without host bits, or a range such as 192.0.2.1-192.0.2.9',
    collector: addresses,
    headings: new Set(['ip', 'address', 'ip_address', 'network', 'cidr', 'prefix', 'range']),
  },
  string: {
    languageType: 'String',
    expected: 'text',
    collector: scalars(parseString, stringData),
    headings: new Set(),
  },
  asn: {
    languageType: 'Int',
    expected: 'the number of an autonomous system, such as 64500 or AS64500',
    collector: scalars(parseAsn, intData),
    headings: new Set(['asn', 'as', 'as_number', 'number']),
  },
  country: {
    languageType: 'String',
    expected: 'a country code of two letters, such as PT',
    collector: scalars(parseCountry, stringData),
    headings: new Set(['country', 'country_code', 'code']),
  },
}

/** The type that a list without one must have; undefined when its entries do not say. */
export function inferListType(entries: readonly unknown[]): ListType | undefined {
  if (entries.length === 0) return undefined
  if (entries.every((entry) => typeof entry === 'number' || (typeof entry === 'string' && /^as ?\d+$/i.test(entry))))
    return 'asn'
  if (!entries.every((entry) => typeof entry === 'string')) return undefined
  const addresses = entries.filter((entry) => parseRange(entry) !== undefined).length
  // A misspelt address among addresses must not turn them all into strings.
  if (addresses > 0 || entries.some((entry) => /^\d+(?:\.\d+){3}/.test(entry))) return 'ip'
  return entries.some((entry) => /^[\d.:/]+$/.test(entry)) ? undefined : 'string'
}
