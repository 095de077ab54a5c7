import { hash } from 'node:crypto'
import type { ClientHello } from './client-hello.ts'
import { isNoGrease } from './grease.ts'

const VERSIONS: Readonly<Record<number, string>> = {
  0x0304: '13',
  0x0303: '12',
  0x0302: '11',
  0x0301: '10',
  0x0300: 's3',
  0x0002: 's2',
  0xfeff: 'd1',
  0xfefd: 'd2',
  0xfefc: 'd3',
}
const NO_HASH = '000000000000'
const SERVER_NAME = 0x0000
const ALPN = 0x0010

/**
 * JA4 of a TLS client (FoxIO, JA4 technical details, the BSD-licensed part): transport, version, SNI, counts, ALPN,
 * then hashes over the sorted ciphers and over the sorted extensions with the signature algorithms.
 */
export function ja4(hello: ClientHello, transport: 't' | 'q' | 'd' = 't'): string {
  const ciphers = hello.ciphers.filter(isNoGrease)
  const extensions = hello.extensions.filter(isNoGrease)
  const hashed = extensions.filter((type) => type !== SERVER_NAME && type !== ALPN)
  const algorithms = hello.signatureAlgorithms.filter(isNoGrease)
  const ciphersText = hexList(ciphers.sort(ascending))
  const extensionsText = hexList(hashed.sort(ascending))
  const extensionsHashed = algorithms.length === 0 ? extensionsText : `${extensionsText}_${hexList(algorithms)}`
  return (
    transport +
    versionOf(hello) +
    (hello.hasServerName ? 'd' : 'i') +
    twoDigits(ciphers.length) +
    twoDigits(extensions.length) +
    alpnMark(hello.alpn[0]) +
    `_${ciphers.length === 0 ? NO_HASH : hash12(ciphersText)}` +
    `_${hashed.length === 0 ? NO_HASH : hash12(extensionsHashed)}`
  )
}

function versionOf(hello: ClientHello): string {
  let highest = 0
  for (const version of hello.supportedVersions) if (isNoGrease(version) && version > highest) highest = version
  return VERSIONS[highest === 0 ? hello.legacyVersion : highest] ?? '00'
}

function ascending(one: number, other: number): number {
  return one - other
}

function hexList(values: readonly number[]): string {
  let text = ''
  for (const value of values) text += (text === '' ? '' : ',') + value.toString(16).padStart(4, '0')
  return text
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, '0')
}

function hash12(text: string): string {
  return hash('sha256', text, 'hex').slice(0, 12)
}

function alpnMark(name: string | undefined): string {
  if (name === undefined || name === '') return '00'
  const first = name.charCodeAt(0)
  const last = name.charCodeAt(name.length - 1)
  if (isAlphanumeric(first) && isAlphanumeric(last)) return name[0] + name[name.length - 1]
  return first.toString(16).padStart(2, '0')[0] + last.toString(16).padStart(2, '0')[1]
}

function isAlphanumeric(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a)
}
