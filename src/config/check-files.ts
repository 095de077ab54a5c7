import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { PayloadSealer } from '#events'
import { messageOf } from '#kernel'
import { readFaultOf } from './source/read-text.ts'

/** Why a file cannot be read, or undefined when it can. */
export function readableFault(file: string): string | undefined {
  const content = readBytes(file)
  return typeof content === 'string' ? content : undefined
}

/** Why a file or folder cannot be used, or undefined when it is there. */
export function existsFault(path: string): string | undefined {
  return existsSync(path) ? undefined : `${path} does not exist`
}

const PUBLIC_KEY_REMEDY = 'give the public one, as `openssl pkey -in PRIVATE.pem -pubout` prints it'

/** Why payloads cannot be sealed to the key in a file, or undefined when they can. */
export function payloadKeyFault(file: string): string | undefined {
  const bytes = readBytes(file)
  if (typeof bytes === 'string') return bytes
  if (bytes.includes('PRIVATE KEY'))
    return `${file} holds a private key, which should not be here: ${PUBLIC_KEY_REMEDY}`
  const sealer = parsed(() => new PayloadSealer(bytes.toString('utf8')))
  return typeof sealer === 'string' ? `${file}: ${sealer}` : undefined
}

function readBytes(file: string): Buffer | string {
  try {
    return readFileSync(file)
  } catch (error) {
    return `cannot read ${file}: ${readFaultOf(error)}`
  }
}

/** What is wrong with a certificate and its key, and with which of the two; undefined when they are a pair. */
export function certificateFault(
  certFile: string,
  keyFile: string,
): { readonly key: 'cert' | 'key'; readonly message: string } | undefined {
  const certBytes = readBytes(certFile)
  if (typeof certBytes === 'string') return { key: 'cert', message: certBytes }
  const keyBytes = readBytes(keyFile)
  if (typeof keyBytes === 'string') return { key: 'key', message: keyBytes }
  const certificate = parsed(() => new X509Certificate(certBytes))
  if (typeof certificate === 'string')
    return { key: 'cert', message: `${certFile} holds no certificate in PEM: ${certificate}` }
  const key = parsed((): KeyObject => createPrivateKey(keyBytes))
  if (typeof key === 'string')
    return { key: 'key', message: `${keyFile} holds no unencrypted private key in PEM: ${key}` }
  if (!certificate.checkPrivateKey(key)) {
    return { key: 'key', message: `${keyFile} is not the key of the certificate in ${certFile}` }
  }
  return undefined
}

function parsed<Value extends object>(parse: () => Value): Value | string {
  try {
    return parse()
  } catch (error) {
    return messageOf(error)
  }
}
