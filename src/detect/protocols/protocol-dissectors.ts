import { TlsKeyLog } from '#wire'
import type { DatagramDissector, DissectorFactory, FlowEnds, StreamDissector } from '../flows/contract.ts'
import type { TransactionSink } from './contract.ts'
import { DnsTable } from './dns/dns-table.ts'
import { FlowSides } from './flow-sides.ts'
import { DatagramRecogniser } from './recognise/datagram-recogniser.ts'
import { type StreamContext, StreamRecogniser } from './recognise/stream-recogniser.ts'

/**
 * Reads layer 7 of the flows of one capture: which protocol each speaks, and the transactions of DNS, TLS, HTTP/1 and QUIC.
 * Give it to the flow analyzer; after the analyzer's `end`, call `end` here, which gives out what is still open.
 */
export class ProtocolDissectors implements DissectorFactory {
  /** Secrets of TLS sessions: those of sessions that begin later are read in full. */
  readonly keyLog = new TlsKeyLog()
  readonly #context: StreamContext

  /** `originSeconds` tells where the times of the capture count from: `FlowAnalyzer.originSeconds`. */
  constructor(sink: TransactionSink, originSeconds: () => number) {
    this.#context = { sink, dnsTable: new DnsTable(sink), originSeconds, keyLog: this.keyLog }
  }

  stream(flow: FlowEnds): StreamDissector {
    return new StreamRecogniser(new FlowSides(flow), this.#context)
  }

  datagram(flow: FlowEnds): DatagramDissector {
    return new DatagramRecogniser(new FlowSides(flow), this.#context)
  }

  /** The capture is at its end. */
  end(): void {
    this.#context.dnsTable.end()
  }
}
