import type { Packet } from '#wire'
import { ExportReader } from '../../capture/exports/export-reader.ts'

/** Counts the datagrams of a capture that export flows, and the flows. */
export class ExportCensus {
  readonly #reader = new ExportReader(() => this.records++)
  datagrams = 0
  records = 0

  add(packet: Packet): void {
    if (packet.payloadBytes > 0 && this.#reader.packet(packet, packet.frameNumber) !== 'none') this.datagrams++
  }
}
