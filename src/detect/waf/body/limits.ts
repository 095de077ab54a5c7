/** What a parser of hostile bytes may build. Time is linear in the bytes, which the holder of the body bounds. */
export interface BodyLimits {
  /** Pairs that are kept apart; the values of later ones are joined into one more, so that none escapes inspection. */
  readonly pairs: number
  /** Nesting of JSON and XML. */
  readonly depth: number
  /** All names of JSON or XML leaves together may have four times the length of the body, and this. */
  readonly nameBytes: number
  /** Parts of a multipart body. */
  readonly parts: number
  /** Files of a multipart body: SecLang's SecUploadFileLimit. */
  readonly files: number
  /** Header lines of one part together. */
  readonly partHeaderBytes: number
  /** First bytes of a file that are kept to tell its type. */
  readonly fileHeadBytes: number
  /** Most bytes that a content coding may unpack to, and most for one byte that went in. */
  readonly decodedBytes: number
  readonly decodedRatio: number
  /** Bytes of one value that are decoded one level further, and how many such texts are kept. */
  readonly nestedBytes: number
  readonly nestedTexts: number
}

export const DEFAULT_BODY_LIMITS: BodyLimits = {
  pairs: 16_384,
  depth: 128,
  nameBytes: 64 * 1024,
  parts: 1024,
  files: 100,
  partHeaderBytes: 16 * 1024,
  fileHeadBytes: 4096,
  decodedBytes: 1024 * 1024,
  decodedRatio: 200,
  nestedBytes: 16 * 1024,
  nestedTexts: 256,
}
