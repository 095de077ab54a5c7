/** From which step on the values of a variable stay what they are; `volatile` ones are read anew each time. */
export type VariableStep = 'head' | 'body' | 'response' | 'responseBody' | 'volatile'

interface VariableEntry {
  readonly name: string
  readonly step: VariableStep
  /** The variable that holds the values of this one among others: ARGS_GET is a part of ARGS. */
  readonly home?: string
}

const steps = (step: VariableStep, names: string): VariableEntry[] => names.split(' ').map((name) => ({ name, step }))

const part = (home: string, step: VariableStep, names: string): VariableEntry[] =>
  names.split(' ').map((name) => ({ name, step, home }))

/** Every variable that rules can read. A variable's number is its place here: values are looked at in their rule's own order. */
const ENTRIES: readonly VariableEntry[] = [
  ...steps('body', 'ARGS ARGS_NAMES'),
  ...part('ARGS', 'body', 'ARGS_GET ARGS_POST'),
  ...part('ARGS_NAMES', 'body', 'ARGS_GET_NAMES ARGS_POST_NAMES'),
  ...steps('head', 'REQUEST_HEADERS REQUEST_HEADERS_NAMES REQUEST_COOKIES REQUEST_COOKIES_NAMES'),
  ...steps('head', 'REQUEST_METHOD REQUEST_PROTOCOL REQUEST_LINE REQUEST_URI REQUEST_URI_RAW REQUEST_FILENAME'),
  ...steps('head', 'REQUEST_BASENAME QUERY_STRING PATH_INFO REMOTE_ADDR REMOTE_HOST REMOTE_PORT REMOTE_USER'),
  ...steps('head', 'SERVER_ADDR SERVER_NAME SERVER_PORT AUTH_TYPE UNIQUE_ID USERAGENT_IP'),
  ...steps('body', 'REQBODY_PROCESSOR REQBODY_ERROR REQBODY_ERROR_MSG REQBODY_PROCESSOR_ERROR'),
  ...steps('body', 'REQBODY_PROCESSOR_ERROR_MSG REQUEST_BODY REQUEST_BODY_LENGTH FULL_REQUEST FULL_REQUEST_LENGTH'),
  ...steps('body', 'ARGS_COMBINED_SIZE URLENCODED_ERROR INBOUND_DATA_ERROR XML'),
  ...steps('body', 'FILES FILES_NAMES FILES_SIZES FILES_COMBINED_SIZE FILES_TMPNAMES FILES_TMP_CONTENT'),
  ...steps('body', 'MULTIPART_PART_HEADERS MULTIPART_FILENAME MULTIPART_NAME MULTIPART_STRICT_ERROR'),
  ...steps('body', 'MULTIPART_UNMATCHED_BOUNDARY MULTIPART_CRLF_LF_LINES MULTIPART_BOUNDARY_QUOTED'),
  ...steps('body', 'MULTIPART_BOUNDARY_WHITESPACE MULTIPART_DATA_BEFORE MULTIPART_DATA_AFTER MULTIPART_HEADER_FOLDING'),
  ...steps(
    'body',
    'MULTIPART_LF_LINE MULTIPART_MISSING_SEMICOLON MULTIPART_SEMICOLON_MISSING MULTIPART_INVALID_QUOTING',
  ),
  ...steps('body', 'MULTIPART_INVALID_PART MULTIPART_INVALID_HEADER_FOLDING MULTIPART_FILE_LIMIT_EXCEEDED'),
  ...steps(
    'response',
    'RESPONSE_STATUS RESPONSE_PROTOCOL RESPONSE_HEADERS RESPONSE_HEADERS_NAMES RESPONSE_CONTENT_TYPE',
  ),
  ...steps('response', 'STATUS_LINE'),
  ...steps('responseBody', 'RESPONSE_BODY RESPONSE_CONTENT_LENGTH OUTBOUND_DATA_ERROR'),
  ...steps('volatile', 'TX MATCHED_VAR MATCHED_VAR_NAME MATCHED_VARS MATCHED_VARS_NAMES RULE'),
  ...steps('volatile', 'IP GLOBAL SESSION USER RESOURCE SESSIONID USERID WEBAPPID GEO ENV HIGHEST_SEVERITY'),
  ...steps('volatile', 'DURATION TIME TIME_DAY TIME_EPOCH TIME_HOUR TIME_MIN TIME_MON TIME_SEC TIME_WDAY TIME_YEAR'),
  ...steps('volatile', 'MODSEC_BUILD MSC_PCRE_ERROR MSC_PCRE_LIMITS_EXCEEDED'),
]

/** Number of each variable by its upper-case name. */
export const VARIABLE_ID: ReadonlyMap<string, number> = new Map(ENTRIES.map(({ name }, id) => [name, id]))

export const VARIABLE_NAMES: readonly string[] = ENTRIES.map(({ name }) => name)

export const VARIABLE_STEPS: readonly VariableStep[] = ENTRIES.map(({ step }) => step)

/** The number of a variable that is in the table. */
export function variableId(name: string): number {
  const id = VARIABLE_ID.get(name)
  if (id === undefined) throw new RangeError(`no variable ${name}`)
  return id
}

/** For each variable the one whose list holds its values: itself for most. */
export const HOMES: readonly number[] = ENTRIES.map(({ home }, id) => (home === undefined ? id : variableId(home)))

/** Numbers that the engine itself names. */
export const ARGS = variableId('ARGS')
export const ARGS_GET = variableId('ARGS_GET')
export const ARGS_POST = variableId('ARGS_POST')
export const ARGS_GET_NAMES = variableId('ARGS_GET_NAMES')
export const ARGS_POST_NAMES = variableId('ARGS_POST_NAMES')
export const REQUEST_BODY = variableId('REQUEST_BODY')
export const RESPONSE_BODY = variableId('RESPONSE_BODY')
export const TX = variableId('TX')
export const XML = variableId('XML')
