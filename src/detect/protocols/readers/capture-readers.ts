import type { Readers } from '#fields'
import type { Packet } from '#wire'
import { PACKET_READERS } from '../../packet/readers.ts'
import { DNS_READERS } from './dns-readers.ts'
import { HTTP_ENTRY_READERS, HTTP_READERS } from './http-readers.ts'
import { TLS_READERS } from './tls-readers.ts'

/** How rules read the fields of a packet of a capture: those of its headers, and of the message that begins in it. */
export const CAPTURE_READERS: Readers<Packet> = {
  read: { ...PACKET_READERS.read, ...DNS_READERS, ...TLS_READERS, ...HTTP_READERS },
  entry: HTTP_ENTRY_READERS,
}
