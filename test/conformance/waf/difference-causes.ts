import type { RequestSample, SecRule } from '#detect'

/** A rule that one engine names for a request, and the other does not. */
export interface OneSided {
  readonly rule: SecRule | undefined
  readonly sample: RequestSample
  /** True when libmodsecurity is the one that names it. */
  readonly there: boolean
}

interface Cause {
  readonly name: string
  readonly applies: (difference: OneSided) => boolean
}

/** Why libmodsecurity 3.0.9 and our engine differ where ours is meant to; the first that applies counts. */
export const CAUSES: readonly Cause[] = [
  {
    name: 'detectSQLi and detectXSS are tokenisers of our own, there they are libinjection',
    applies: ({ rule }) => usesOperator(rule, 'detectsqli') || usesOperator(rule, 'detectxss'),
  },
  {
    name: 'REQUEST_BODY holds a multipart body there; here, as documented, one in urlencoded form',
    applies: ({ rule, sample, there }) => there && reads(rule, 'REQUEST_BODY') && isMultipart(sample),
  },
  {
    name: 'an escaped question mark ends the path there (CVE-2024-1019, mended in libmodsecurity 3.0.12)',
    applies: ({ sample, there }) => !there && /^[^?]*%3f/i.test(sample.target ?? ''),
  },
  {
    name: 'REQUEST_URI is decoded there before a rule sees it; here it is as it came',
    applies: ({ rule, sample }) => reads(rule, 'REQUEST_URI') && (sample.target ?? '').includes('%'),
  },
  {
    name: 'line feeds alone, without a carriage return, are lost from multipart values there',
    applies: ({ sample }) => isMultipart(sample) && /[^\r]\n/.test(sample.body ?? ''),
  },
  {
    name: 'a later link that asks whether two captures differ (`!@streq %{TX.2}`) says so there also when they are equal',
    applies: ({ rule, there }) =>
      there &&
      rule?.links.some(({ operator }) => operator.negated && /^%\{TX\.\d\}$/i.test(operator.argument)) === true,
  },
  {
    name: 'a map of code points (SecUnicodeMapFile) makes plain quotes of typographic ones there',
    applies: ({ rule, sample, there }) => there && transforms(rule, 'utf8tounicode') && NOT_ASCII.test(textOf(sample)),
  },
  {
    name: '^ and $ also stand for the ends of lines within a value there',
    applies: ({ sample }) => LINE_FEED.test(textOf(sample)),
  },
]

/** The cause that is known for a difference; undefined for one to look into. */
export function causeOf(difference: OneSided): string | undefined {
  return CAUSES.find(({ applies }) => applies(difference))?.name
}

const LINE_FEED = /\n|%(?:25)?0a|\\n/i
const NOT_ASCII = /[\x80-\xff]|%(?:25)?[89a-f][0-9a-f]/i

function textOf({ target = '', headers = [], body = '' }: RequestSample): string {
  return [target, ...headers, body].join(' ')
}

function transforms(rule: SecRule | undefined, name: string): boolean {
  return rule?.links.some(({ transformations }) => transformations.some((each) => each.toLowerCase() === name)) === true
}

function usesOperator(rule: SecRule | undefined, name: string): boolean {
  return rule?.links.some(({ operator }) => operator.name.toLowerCase() === name) === true
}

function reads(rule: SecRule | undefined, variable: string): boolean {
  return rule?.links.some(({ variables }) => variables.some(({ name }) => name === variable)) === true
}

function isMultipart({ contentType = '' }: RequestSample): boolean {
  return contentType.startsWith('multipart/')
}
