import type { FieldValue } from '#fields'
import { cipherSuiteName, tlsVersionName } from '#wire'
import type { PacketReader } from '../../packet/packet-reader.ts'
import type { ClientHelloSeen } from '../tls/client-hello-seen.ts'
import { messageReader } from './message-reader.ts'
import { messageOf } from './packet-message.ts'
import type { TlsRecordsSeen } from './tls-records-seen.ts'

const ofTls = (read: (records: TlsRecordsSeen) => FieldValue | undefined) => messageReader('tls', read)

/** A reader of the ClientHello, over TCP or in QUIC. */
function ofHello(read: (hello: ClientHelloSeen) => FieldValue | undefined): PacketReader {
  return (packet) => {
    const message = messageOf(packet)
    const hello = message?.kind === 'tls' || message?.kind === 'quic' ? message.clientHello : undefined
    return hello === undefined ? undefined : read(hello)
  }
}

const firstOffered = ofHello(({ alpn }) => alpn[0])
const chosen = ofTls(({ serverHello }) => serverHello?.alpn)

export const TLS_READERS: Readonly<Record<string, PacketReader>> = {
  ssl: (packet) => messageOf(packet)?.kind === 'tls',
  'tls.version': ofTls(({ serverHello }) =>
    serverHello === undefined ? undefined : tlsVersionName(serverHello.version),
  ),
  'tls.cipher': ofTls(({ serverHello }) =>
    serverHello === undefined ? undefined : cipherSuiteName(serverHello.cipher),
  ),
  'tls.sni': ofHello(({ serverName }) => serverName),
  'tls.alpn': (packet) => firstOffered(packet) ?? chosen(packet),
  'tls.ja4': ofHello(({ ja4 }) => ja4),
  'tls.ja3': ofHello(({ ja3 }) => ja3),
  'tls.handshake.type': ofTls(({ handshakeType }) => handshakeType),
  'tls.alert.level': ofTls(({ alertLevel }) => alertLevel),
  'tls.alert.description': ofTls(({ alertDescription }) => alertDescription),
  'quic.version': messageReader('quic', ({ version }) => version),
}
