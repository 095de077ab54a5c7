import type { ProtocolName } from '../contract.ts'

type PortTable = ReadonlyMap<number, ProtocolName>

/** Ports that stand for one protocol almost everywhere. */
const TCP_PORTS: PortTable = new Map<number, ProtocolName>([
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [53, 'dns'],
  [80, 'http'],
  [88, 'kerberos'],
  [110, 'pop3'],
  [143, 'imap'],
  [179, 'bgp'],
  [389, 'ldap'],
  [443, 'tls'],
  [445, 'smb'],
  [465, 'tls'],
  [554, 'rtsp'],
  [587, 'smtp'],
  [636, 'tls'],
  [853, 'tls'],
  [989, 'tls'],
  [990, 'tls'],
  [993, 'tls'],
  [995, 'tls'],
  [1080, 'socks'],
  [1883, 'mqtt'],
  [3306, 'mysql'],
  [3389, 'rdp'],
  [5060, 'sip'],
  [5061, 'tls'],
  [5222, 'xmpp'],
  [5432, 'postgresql'],
  [5672, 'amqp'],
  [5671, 'tls'],
  [5900, 'vnc'],
  [6379, 'redis'],
  [8080, 'http'],
  [8443, 'tls'],
  [8883, 'tls'],
  [11211, 'memcached'],
])

const UDP_PORTS: PortTable = new Map<number, ProtocolName>([
  [53, 'dns'],
  [67, 'dhcp'],
  [68, 'dhcp'],
  [69, 'tftp'],
  [88, 'kerberos'],
  [123, 'ntp'],
  [161, 'snmp'],
  [162, 'snmp'],
  [443, 'quic'],
  [514, 'syslog'],
  [853, 'quic'],
  [1194, 'openvpn'],
  [1900, 'ssdp'],
  [2055, 'netflow'],
  [3478, 'stun'],
  [4739, 'ipfix'],
  [5060, 'sip'],
  [5353, 'mdns'],
  [5355, 'llmnr'],
  [6343, 'sflow'],
  [11211, 'memcached'],
  [51820, 'wireguard'],
])

/** What a server's port stands for; undefined when it stands for nothing. */
export function portProtocol(transport: 'tcp' | 'udp', port: number): ProtocolName | undefined {
  return (transport === 'tcp' ? TCP_PORTS : UDP_PORTS).get(port)
}

/** Protocols that are at home on the port of another. */
const GUESTS: Partial<Record<ProtocolName, readonly ProtocolName[]>> = {
  http: ['http2', 'websocket'],
  netflow: ['ipfix', 'sflow'],
  ipfix: ['netflow', 'sflow'],
  quic: ['dtls', 'stun'],
  stun: ['dtls'],
  sip: ['stun'],
}

/** Whether the content of a flow contradicts its port. */
export function contradicts(content: ProtocolName | undefined, port: ProtocolName | undefined): boolean {
  if (content === undefined || port === undefined || content === port) return false
  return GUESTS[port]?.includes(content) !== true
}
