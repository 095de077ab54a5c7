export {
  type ChecksumState,
  foldChecksum,
  ipChecksum,
  pseudoHeaderSum,
  sumWords,
  transportChecksum,
} from './checksum.ts'
export { FAULT, faultNames, type PacketFault } from './fault.ts'
export { EXTENSION_HEADER } from './ip-layer.ts'
export { ETHER_TYPE, PROTOCOL } from './numbers.ts'
export { Packet } from './packet.ts'
export { DESTINATION_WORD, type PacketView, TUNNEL_DEPTH_LIMIT } from './packet-parts.ts'
export { readQuoted } from './quoted.ts'
export { findTcpOption, optionsEnd, TCP_OPTION } from './tcp-options.ts'
export { TUNNEL, type TunnelKind } from './tunnel.ts'
