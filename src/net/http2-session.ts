import { performServerHandshake, type ServerHttp2Session } from 'node:http2'
import type { Duplex } from 'node:stream'

/** Bounds of one HTTP/2 session; the names are those of the configuration. */
export interface Http2SessionLimits {
  readonly concurrentStreams: number
  /** Streams that the client reset within a second before the session is closed. */
  readonly resetsPerSecond: number
  /** Sum of name + value + 32 bytes a field (RFC 9113 section 6.5.2). */
  readonly headerListBytes: number
  /** Most fields of one header block. */
  readonly fieldCount: number
  readonly sessionMemoryBytes: number
}

// Frames that a well-behaved client never sends (empty DATA, frames on closed streams): enough for races, few for a flood.
const INVALID_FRAMES = 100
const SETTINGS_ENTRIES = 32
// One window of a stream: bounds what a stalled origin makes us hold, 64 KiB would slow uploads over long distances.
const STREAM_WINDOW_BYTES = 262_144

// The library resets a stream over its limit without a word. Twice ours, the front still sees it and can answer 431.
const HEADROOM = 2

/** Starts the HTTP/2 server side on a socket that agreed on `h2`. */
export function openHttp2Session(socket: Duplex, limits: Http2SessionLimits): ServerHttp2Session {
  return performServerHandshake(socket, {
    settings: {
      maxConcurrentStreams: limits.concurrentStreams,
      maxHeaderListSize: limits.headerListBytes * HEADROOM,
      initialWindowSize: STREAM_WINDOW_BYTES,
      enablePush: false,
      enableConnectProtocol: true,
    },
    maxHeaderListPairs: limits.fieldCount * HEADROOM,
    maxSessionMemory: Math.max(1, Math.ceil(limits.sessionMemoryBytes / 1e6)),
    maxSessionInvalidFrames: INVALID_FRAMES,
    maxSettings: SETTINGS_ENTRIES,
    streamResetBurst: limits.resetsPerSecond * 2,
    streamResetRate: limits.resetsPerSecond,
  })
}
