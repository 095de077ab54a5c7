import { FIELDS } from '#fields'

/** Which values are stored as keyed hashes in addition to the fields that are `privacy: 'secret'`. */
export interface RedactionNames {
  /** Field names. */
  readonly redact: readonly string[]
  /** Query arguments, in lower case. */
  readonly sensitiveArguments: readonly string[]
  /** Header names, in lower case. */
  readonly sensitiveHeaders: readonly string[]
}

/** How a text is made storable: as it is, as one hash, or with the secrets inside it hashed. */
export type Treatment = 'plain' | 'hash' | 'cookies' | 'set-cookie' | 'credentials' | 'url' | 'query' | 'matches'

/** Headers that carry secrets whatever the configuration says, or a URL whose arguments may. */
const HEADER_TREATMENTS: Readonly<Record<string, Treatment>> = {
  cookie: 'cookies',
  'set-cookie': 'set-cookie',
  authorization: 'credentials',
  'proxy-authorization': 'credentials',
  referer: 'url',
  location: 'url',
  'content-location': 'url',
  'x-original-url': 'url',
  'x-rewrite-url': 'url',
  'x-forwarded-uri': 'url',
}

const FIELD_TREATMENTS: Readonly<Record<string, Treatment>> = {
  'http.cookie': 'cookies',
  'http.referer': 'url',
  'http.request.uri.query': 'query',
  'waf.matches': 'matches',
}

/** Headers and fields that hold the same datum as a field: who redacts the one means the others. */
const SAME_DATUM: Readonly<
  Record<string, { readonly headers?: readonly string[]; readonly fields?: readonly string[] }>
> = {
  'http.user_agent': { headers: ['user-agent'] },
  'http.referer': { headers: ['referer'] },
  'http.host': { headers: ['host'] },
  'ip.src': { headers: ['x-forwarded-for', 'forwarded', 'x-real-ip'] },
  'http.request.uri.path': { fields: ['raw.http.request.uri.path'] },
  'raw.http.request.uri.path': { fields: ['http.request.uri.path'] },
  'http.request.uri.args': { fields: ['http.request.uri.query'] },
  'http.request.uri': { fields: ['http.request.uri.path', 'raw.http.request.uri.path', 'http.request.uri.query'] },
  'http.request.full_uri': {
    fields: ['http.request.uri.path', 'raw.http.request.uri.path', 'http.request.uri.query'],
  },
}

/** Which field and which header is treated how, by the names of the configuration. */
export class RedactionTable {
  readonly #headers = new Map<string, Treatment>(Object.entries(HEADER_TREATMENTS))
  readonly #fields = new Map<string, Treatment>(Object.entries(FIELD_TREATMENTS))

  constructor(names: RedactionNames) {
    for (const header of names.sensitiveHeaders) this.#hashHeader(header)
    const secret = FIELDS.filter((field) => field.privacy === 'secret').map((field) => field.name)
    for (const field of [...secret, ...names.redact]) {
      if (this.#fields.get(field) !== 'cookies') this.#fields.set(field, 'hash')
      for (const header of SAME_DATUM[field]?.headers ?? []) this.#hashHeader(header)
      for (const other of SAME_DATUM[field]?.fields ?? []) this.#fields.set(other, 'hash')
    }
  }

  #hashHeader(name: string): void {
    const present = this.#headers.get(name)
    if (present === undefined || present === 'url') this.#headers.set(name, 'hash')
  }

  ofField(name: string): Treatment {
    return this.#fields.get(name) ?? 'plain'
  }

  /** `name` in lower case. */
  ofHeader(name: string): Treatment {
    return this.#headers.get(name) ?? 'plain'
  }
}
