/** What a wire does to frames of one direction. Everything is absent on a perfect one. */
export interface Impairment {
  readonly delayMs?: number
  /** Added to the delay, evenly spread; frames may overtake one another. */
  readonly jitterMs?: number
  /** Share of frames with a TCP or UDP payload that are lost, 0 to 1. */
  readonly loss?: number
  /** Frames that are lost by their place among those with payload, from 1. */
  readonly loseFrames?: readonly number[]
  readonly duplicates?: number
  /** Share of frames with payload that get another bit pattern in their last bytes. */
  readonly corruption?: number
  /** Share of frames that come later than the next few. */
  readonly reordering?: number
  readonly rateKbit?: number
  /** Frames that wait for a slow wire; more are lost. */
  readonly queueFrames?: number
  /** Frames longer than this are lost, and nobody is told. */
  readonly longestBytes?: number
  /** The path stands still for a while, again and again. */
  readonly freeze?: { readonly everyMs: number; readonly lengthMs: number }
  /** From that many milliseconds after the first payload on nothing passes. */
  readonly deadAfterMs?: number
}

/** A middlebox that looks into payloads. */
export interface Injection {
  /** A text in the payload of a frame from the client. */
  readonly trigger: string
  /** `reset` sends RST both ways in the name of the peer, `answer` a forged DNS answer. */
  readonly kind: 'reset' | 'reset-client' | 'answer'
  readonly ttl: number
  readonly address?: string
}

export interface WireSettings {
  /** From the client to the server. */
  readonly up?: Impairment
  readonly down?: Impairment
  readonly inject?: Injection
  readonly seed?: number
}
