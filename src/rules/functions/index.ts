import type { FunctionDefinition } from './function.ts'
import { ANY } from './any.ts'
import { ALL } from './all.ts'
import { BIT_SLICE } from './bit-slice.ts'
import { CIDR } from './cidr.ts'
import { CIDR6 } from './cidr6.ts'
import { CONCAT } from './concat.ts'
import { CONTAINS_ANY } from './contains-any.ts'
import { DECODE_BASE64 } from './decode-base64.ts'
import { ENCODE_BASE64 } from './encode-base64.ts'
import { ENDS_WITH } from './ends-with.ts'
import { IS_TIMED_HMAC_VALID, IS_TIMED_HMAC_VALID_V0 } from './is-timed-hmac-valid.ts'
import { LEN } from './len.ts'
import { LOOKUP_JSON_INTEGER } from './lookup-json-integer.ts'
import { LOOKUP_JSON_STRING } from './lookup-json-string.ts'
import { LOWER } from './lower.ts'
import { REGEX_REPLACE } from './regex-replace.ts'
import { REMOVE_BYTES } from './remove-bytes.ts'
import { REMOVE_QUERY_ARGS } from './remove-query-args.ts'
import { SHA256 } from './sha256.ts'
import { SPLIT } from './split.ts'
import { STARTS_WITH } from './starts-with.ts'
import { SUBSTRING } from './substring.ts'
import { TO_STRING } from './to-string.ts'
import { UPPER } from './upper.ts'
import { URL_DECODE } from './url-decode.ts'
import { UUIDV4 } from './uuidv4.ts'
import { WILDCARD_REPLACE } from './wildcard-replace.ts'

const DEFINITIONS: readonly FunctionDefinition[] = [
  ANY,
  ALL,
  BIT_SLICE,
  CIDR,
  CIDR6,
  CONCAT,
  CONTAINS_ANY,
  DECODE_BASE64,
  ENCODE_BASE64,
  ENDS_WITH,
  IS_TIMED_HMAC_VALID,
  IS_TIMED_HMAC_VALID_V0,
  LEN,
  LOOKUP_JSON_INTEGER,
  LOOKUP_JSON_STRING,
  LOWER,
  REGEX_REPLACE,
  REMOVE_BYTES,
  REMOVE_QUERY_ARGS,
  SHA256,
  SPLIT,
  STARTS_WITH,
  SUBSTRING,
  TO_STRING,
  UPPER,
  URL_DECODE,
  UUIDV4,
  WILDCARD_REPLACE,
]

/** Every function of the language by name. Adding one is a file in this folder and a line above. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
)
