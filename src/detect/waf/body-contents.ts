/** SecLang's names of the parsers; empty when none fits. */
export type BodyProcessor = 'URLENCODED' | 'MULTIPART' | 'JSON' | 'XML' | ''

/** What a body parser found. Names and values are byte strings; pairs stand flat: name, value, name, value. */
export interface BodyContents {
  /** SecLang's REQBODY_PROCESSOR; empty when no parser fits. */
  readonly processor: BodyProcessor
  /** ARGS_POST. JSON names are `json.items.0.name`; form fields and multipart fields have their own. */
  readonly pairs: readonly string[]
  /** True when every name in `pairs` is known to be plain (`isPlainName`): nobody needs to look at names then. */
  readonly hasPlainNames: boolean
  /** `pairs` of a form before decoding, in step with them; undefined where nothing is decoded. */
  readonly rawPairs: readonly string[] | undefined
  readonly files: readonly UploadedFile[]
  /** Part name, header line, part name, header line ...: MULTIPART_PART_HEADERS. */
  readonly partHeaders: readonly string[]
  /** Names of all parts of a multipart body in order, files too: MULTIPART_NAME is the last. */
  readonly partNames: readonly string[]
  readonly xml: XmlContents | undefined
  /** Values that were decoded one level further (JSON or base64 inside a value): name of the outer value, text. */
  readonly nested: readonly string[]
  /** SecLang's REQBODY_ERROR_MSG; undefined when the body is well formed. */
  readonly error: string | undefined
  /** What was irregular without being an error. */
  readonly irregularities: ReadonlySet<BodyIrregularity>
  /** Percent signs of a form that begin no escape: URLENCODED_ERROR when there are any. */
  readonly invalidEscapes: number
  /** The limit of the parser (of `BodyLimits`) that ended it early or merged what followed; undefined mostly. */
  readonly limit: BodyLimit | undefined
  /** Bytes that the parser understood: what follows an error or a limit was seen by nobody but as raw text. */
  readonly parsedBytes: number
}

interface XmlContents {
  /** All text below the root, joined: `XML:/*`. */
  readonly text: string
  /** Values of all attributes: `XML://@*`. */
  readonly attributes: readonly string[]
  /** Each text and attribute with its place: `xml.order.item`, text, `xml.order.@id`, value; document types as `xml.!doctype`. */
  readonly leaves: readonly string[]
}

export interface UploadedFile {
  /** Name of the form field. */
  readonly name: string
  /** Name of the file after unquoting, or what `filename*` says when it stands alone. */
  readonly fileName: string
  /** Decoded `filename*` (RFC 5987) when it is there: a name that differs from `fileName` is an evasion. */
  readonly extendedFileName: string | undefined
  readonly sizeBytes: number
  /** Where the content begins in the body. */
  readonly contentOffset: number
  readonly contentType: string
  /** The first bytes, to tell its type by content. */
  readonly head: Uint8Array
}

/**
 * Which limit was reached. Values beyond `pairs` are joined, names beyond `names` shortened, headers beyond `part-header` taken for
 * content, and `files` only noted; `depth` and `parts` end the parser, and texts beyond `nested` are not decoded further.
 */
export type BodyLimit = 'pairs' | 'names' | 'depth' | 'parts' | 'files' | 'part-header' | 'nested'

/**
 * What MULTIPART_STRICT_ERROR is made of: SecLang's MULTIPART_ flags in its order, and `parser-fault` for an error that has no flag.
 */
export const MULTIPART_STRICT_IRREGULARITIES = [
  'boundary-quoted',
  'boundary-whitespace',
  'data-before',
  'data-after',
  'header-folding',
  'lf-line',
  'missing-semicolon',
  'invalid-quoting',
  'invalid-part',
  'invalid-header-folding',
  'file-limit-exceeded',
  'parser-fault',
] as const

export type BodyIrregularity =
  | (typeof MULTIPART_STRICT_IRREGULARITIES)[number]
  /** Lines end in CR LF and in LF alone. */
  | 'crlf-lf-lines'
  /** A line begins like the boundary and is not it (MULTIPART_UNMATCHED_BOUNDARY 1). */
  | 'unmatched-boundary'
  /** A line begins with two hyphens (MULTIPART_UNMATCHED_BOUNDARY 2). */
  | 'hyphen-line'
  /** Two parameters of the same name, or both `filename` and `filename*`, in one Content-Disposition. */
  | 'duplicate-parameter'
  /** A part carries a second Content-Disposition or Content-Type. */
  | 'duplicate-part-header'
  /** An object repeats a key: parsers disagree on which one counts. */
  | 'duplicate-key'
  /** A key that reaches into prototypes: `__proto__`, or `constructor` with `prototype` below it. */
  | 'prototype-key'
  /** XML with a DOCTYPE, or with entities of its own. */
  | 'doctype'
  | 'entity-declaration'
  | 'unknown-entity'
  /** A form with `%uXXXX`, which only some servers decode. */
  | 'percent-u'
  /** A byte that does not belong: NUL in a form or JSON, a broken UTF-8 sequence by escapes. */
  | 'nul-byte'
  | 'lone-surrogate'
  /** A byte order mark before JSON or XML. */
  | 'byte-order-mark'
  /** An XML declaration names an encoding in which the bytes would read differently. */
  | 'foreign-encoding'
