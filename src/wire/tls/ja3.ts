import { hash } from 'node:crypto'
import { isNoGrease } from './grease.ts'
import type { ClientHello } from './client-hello.ts'

/**
 * JA3 of a TLS client (Salesforce, 2017): MD5 over version, ciphers, extensions, groups and point formats in the order sent,
 * without GREASE. Clients that shuffle their extensions have a new one each time: JA4 is the better fingerprint.
 */
export function ja3(hello: ClientHello): string {
  return hash('md5', ja3Text(hello), 'hex')
}

/** What JA3 hashes. */
export function ja3Text(hello: ClientHello): string {
  const lists = [hello.ciphers, hello.extensions, hello.supportedGroups].map((list) =>
    list.filter(isNoGrease).join('-'),
  )
  return [hello.legacyVersion, ...lists, hello.pointFormats.join('-')].join(',')
}
