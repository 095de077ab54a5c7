/** How the lab's name server answers questions for names with a suffix. */
export interface DnsBehaviour {
  readonly suffix?: string
  readonly rcode?: number
  /** Given for A. */
  readonly addresses?: readonly string[]
  readonly delayMs?: number
  readonly silent?: boolean
  /** The answer over UDP is empty and says that it was cut. */
  readonly truncate?: boolean
  /** Nobody listens on TCP; counts for the whole server. */
  readonly noTcp?: boolean
  /** The answer comes from another port than the question went to. */
  readonly otherPort?: boolean
  /** The name in the answer points at itself. */
  readonly loop?: boolean
}
