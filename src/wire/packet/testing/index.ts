export { dnsAnswer, dnsQuery, RECORD_TYPE } from './dns-message.ts'
export { ethernet, words } from './frames.ts'
export {
  authenticationExtension,
  type Extension,
  fragmentExtension,
  ipv4,
  type Ipv4Header,
  ipv6,
  type Ipv6Header,
  optionsExtension,
  routingExtension,
} from './ip-packets.ts'
export { gre, icmp, icmpv6, segment, type Segment, synOptions, tcp, TCP_FLAG, tcpOptions, udp } from './segments.ts'
