import { z } from 'zod'
import { duration, size } from './units.ts'

/** Bounds of one HTTP message and one connection. */
export const LIMITS_SCHEMA = z.strictObject({
  head: size({ least: '1KiB', most: '1MiB' })
    .prefault('32KiB')
    .describe('Request line and headers together; 431 above.'),
  fields: z.int().min(8).max(10_000).prefault(128).describe('Header fields of a request; 431 above.'),
  trailers: size({ least: '0B', most: '1MiB' }).prefault('8KiB').describe('Trailer section of a chunked body.'),
  chunkExtensions: size({ least: '0B', most: '64KiB' })
    .prefault('1KiB')
    .describe('Extensions of one chunk; they are never passed on.'),
  requestsPerConnection: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .prefault(10_000)
    .describe('Requests on one connection before it is closed.'),
  connections: z
    .int()
    .min(1)
    .max(1_000_000)
    .prefault(20_000)
    .describe(
      'Client connections that one worker holds at a time. When it nears them, those go first that have sent no whole request head.',
    ),
  headsPerAddress: z
    .int()
    .min(1)
    .max(1_000_000)
    .prefault(100)
    .describe(
      'Connections of one address (IPv6: one /64) that may be without a whole request head for more than a second, in one worker. Trusted proxies have no such limit.',
    ),
})

const WAIT = { least: '100ms', most: '1h' }

export const TIMEOUTS_SCHEMA = z.strictObject({
  head: duration(WAIT).prefault('10s').describe('From the first byte of a request to the end of its headers.'),
  bodyIdle: duration(WAIT).prefault('60s').describe('Without progress while a request or response body is sent.'),
  idle: duration(WAIT).prefault('60s').describe('Of a connection between two requests.'),
  tlsHandshake: duration(WAIT).prefault('5s').describe('From the connection to the end of the TLS handshake.'),
  originConnect: duration(WAIT)
    .prefault('5s')
    .describe('To connect to an origin, TLS included; and the longest wait for a connection to become free.'),
  originResponse: duration(WAIT).prefault('60s').describe('From the end of the request to the headers of the answer.'),
  originIdle: duration(WAIT).prefault('30s').describe('Of a connection to an origin between two requests.'),
  drain: duration(WAIT).prefault('30s').describe('Longest life of an open connection when Tidegate stops.'),
})

export const HTTP2_SCHEMA = z.strictObject({
  concurrentStreams: z.int().min(1).max(10_000).prefault(100).describe('Requests at a time on one HTTP/2 connection.'),
  resetsPerSecond: z
    .int()
    .min(1)
    .max(10_000)
    .prefault(50)
    .describe('Streams the client may reset in a second before its connection is closed.'),
  headerList: size({ least: '1KiB', most: '1MiB' })
    .prefault('32KiB')
    .describe('Decoded header fields of one HTTP/2 request.'),
  sessionMemory: size({ least: '1MiB', most: '1GiB' })
    .prefault('10MiB')
    .describe('Memory that one HTTP/2 connection may hold.'),
})
