import { createHash } from 'node:crypto'
import type { Mix } from './mixes.ts'
import type { Traffic } from './traffic.ts'

const TYPE_AT = 12
const IPV4 = 8
const TTL_AT = 22
const SOURCE_AT = 26
/** Networks of servers: resolvers, and sites that have tunnels. */
const SERVERS: ReadonlySet<number> = new Set([8, 203])
const FIRST_SOURCE = 0x0100_0000
const SOURCES = 0xde00_0000
const TTL_OF_UNIX = 64
const HOPS_MOST = 24

/** Good traffic over IPv4 whose clients are in networks of all the world, not in a few. */
export function fromAnywhere(good: Mix['good']): Mix['good'] {
  return (host, attackFromMs) => good(host, attackFromMs).map(spread)
}

function spread(traffic: Traffic): Traffic {
  return {
    *frames(fromMs, toMs, random) {
      for (const frame of traffic.frames(fromMs, toMs, random)) {
        if (frame.head[TYPE_AT] === IPV4 && !SERVERS.has(frame.head[SOURCE_AT])) move(frame.head)
        yield frame
      }
    },
  }
}

/** Who had one address has another one, always the same, and is another number of hops away. */
function move(head: Uint8Array): void {
  const digest = createHash('md5')
    .update(head.subarray(SOURCE_AT, SOURCE_AT + 4))
    .digest()
  const frame = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  frame.writeUInt32BE(FIRST_SOURCE + (digest.readUInt32BE(0) % SOURCES), SOURCE_AT)
  const sent = frame[TTL_AT] <= TTL_OF_UNIX ? TTL_OF_UNIX : TTL_OF_UNIX * 2
  frame[TTL_AT] = sent - 3 - (digest[4] % HOPS_MOST)
}
