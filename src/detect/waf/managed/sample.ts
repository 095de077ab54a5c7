/**
 * A request, or an answer, as short as it can be written: what is not given is ordinary. A bare string is the value of the
 * query argument `q`. Texts are bytes (latin1); `target` is sent as it stands, so escapes are written out.
 */
export type Sample = string | RequestSample

export interface RequestSample {
  readonly method?: string
  readonly target?: string
  /** Name, value, name, value ...: added to the ordinary header fields, in place of those with the same name. */
  readonly headers?: readonly string[]
  readonly body?: string
  readonly contentType?: string
  /** What the origin answers: makes it a sample for rules about answers. */
  readonly response?: ResponseSample
}

export interface ResponseSample {
  readonly status?: number
  readonly headers?: readonly string[]
  readonly contentType?: string
  readonly body: string
}
