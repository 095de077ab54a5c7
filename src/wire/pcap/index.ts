export { CapturedPacket } from './captured-packet.ts'
export type { CaptureBlock, CaptureFault, CaptureInterface, CaptureNote, CaptureSink } from './capture-sink.ts'
export { CaptureReader } from './capture-reader.ts'
export { CaptureRewriter, type RewriteOptions } from './capture-rewriter.ts'
export { LINK_TYPE } from './link-type.ts'
export { PACKET_BYTES_LIMIT } from './limits.ts'
export {
  type CapturedNames,
  type CaptureSecrets,
  type CaptureStatistics,
  readNames,
  readSecrets,
  readStatistics,
  SECRETS,
} from './pcapng-contents.ts'
export { PcapWriter, type PcapOptions, type WrittenPacket } from './pcap-writer.ts'
export { type InterfaceOptions, PcapngWriter } from './pcapng-writer.ts'
export type { WriteBytes } from './record-output.ts'
