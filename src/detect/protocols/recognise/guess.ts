import type { Moment } from '../../flows/contract.ts'
import type { ProtocolGuess, ProtocolName, Side } from '../contract.ts'
import { type FlowSides, OfSides } from '../flow-sides.ts'
import { contradicts, portProtocol } from './port-protocol.ts'

const BANNER_BYTES = 256
const LINE_FEED = 0x0a
const TELLS_ITSELF: ReadonlySet<ProtocolName> = new Set<ProtocolName>(['ssh', 'smtp', 'ftp', 'imap', 'pop3', 'vnc'])

/** Whether the first line of a server that tells its name has not come to its end yet. */
export function isGreetingCut(found: ProtocolName, bytes: Buffer, start: number, end: number): boolean {
  return TELLS_ITSELF.has(found) && end - start < BANNER_BYTES && !bytes.subarray(start, end).includes(LINE_FEED)
}

/** What a flow speaks by its first bytes, beside what its port stands for. `found` undefined: like nothing that is known. */
export function guessProtocol(
  sides: FlowSides,
  transport: 'tcp' | 'udp',
  found: ProtocolName | undefined,
  from: Side,
  bytes: Buffer,
  start: number,
  end: number,
  at: Moment,
): ProtocolGuess {
  const port = portProtocol(transport, sides.serverPort)
  const banner = found !== undefined && TELLS_ITSELF.has(found) ? firstLine(bytes, start, end) : undefined
  const content = found === 'smtp' && banner !== undefined ? greeterOf(banner, port) : found
  return new GuessSeen(sides, transport, content, port, from, banner, at)
}

class GuessSeen extends OfSides implements ProtocolGuess {
  readonly kind = 'protocol'
  readonly frame: number
  readonly timeNs: number
  readonly transport: 'tcp' | 'udp'
  readonly content: ProtocolName | undefined
  readonly port: ProtocolName | undefined
  readonly from: Side
  readonly banner: string | undefined

  constructor(
    sides: FlowSides,
    transport: 'tcp' | 'udp',
    content: ProtocolName | undefined,
    port: ProtocolName | undefined,
    from: Side,
    banner: string | undefined,
    at: Moment,
  ) {
    super(sides)
    this.transport = transport
    this.content = content
    this.port = port
    this.from = from
    this.banner = banner
    this.frame = at.frame
    this.timeNs = at.timeNs
  }

  get mismatch(): boolean {
    return contradicts(this.content, this.port)
  }
}

/** SMTP and FTP greet with the same number: the words tell, then the port. */
function greeterOf(banner: string, port: ProtocolName | undefined): ProtocolName {
  if (/smtp|mail/i.test(banner)) return 'smtp'
  return /ftp/i.test(banner) || port === 'ftp' ? 'ftp' : 'smtp'
}

function firstLine(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString('latin1', start, Math.min(end, start + BANNER_BYTES))
  const lineEnd = text.search(/[\r\n]/)
  return lineEnd < 0 ? text : text.slice(0, lineEnd)
}
