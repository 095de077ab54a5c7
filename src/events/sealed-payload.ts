/**
 * What matched, sealed to a public key, so that whoever reads the log cannot read it and whoever holds the private key can.
 *
 * Text of five parts with a dot between: `v1`, `x25519` or `rsa`, then base64url of the key part, of the 12-byte nonce, and
 * of the AES-256-GCM ciphertext followed by its 16-byte tag. The ray is the additional authenticated data, so that a payload
 * cannot be moved to another event. For `x25519` the key part is an ephemeral public key (32 bytes) and the AES key is
 * HKDF-SHA256(shared secret, salt = ephemeral || recipient, info = "tidegate payload v1 " + ray); for `rsa` it is a fresh
 * secret of 32 bytes under RSA-OAEP with SHA-256, and the AES key is HKDF-SHA256(secret, no salt, the same info). The
 * plaintext is UTF-8 JSON, deflated (RFC 1951).
 */
import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { messageOf, TidegateError } from '#kernel'

const VERSION = 'v1'
const CIPHER = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
const RAW_X25519_BYTES = 32
/** An ephemeral secret serves for this long: making one for each event would cost more than judging the request. */
const SECRET_LIFE_MS = 60_000
const PLAINTEXT_LIMIT_BYTES = 1_048_576

type Kind = 'x25519' | 'rsa'

/** What one ephemeral secret gives: the part that stands in the payload, and what AES keys are derived from. */
interface Secret {
  readonly keyPart: Buffer
  readonly material: Buffer
  readonly salt: Buffer
  readonly bornMs: number
}

/** Seals payloads to one public key. */
export class PayloadSealer {
  readonly #key: KeyObject
  readonly #kind: Kind
  #secret: Secret | undefined

  /** @param pem public key, X25519 or RSA. @throws TidegateError ERR_CONFIG_INVALID when it is none */
  constructor(pem: string) {
    this.#key = readKey(() => createPublicKey(pem), 'public')
    this.#kind = kindOf(this.#key)
  }

  /** The sealed text of a JSON value. `ray` is that of its event. */
  seal(json: string, ray: string): string {
    const secret = this.#freshSecret()
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv(CIPHER, aesKey(secret, ray), nonce).setAAD(Buffer.from(ray, 'latin1'))
    const sealed = Buffer.concat([cipher.update(deflateRawSync(json)), cipher.final(), cipher.getAuthTag()])
    const parts = [secret.keyPart, nonce, sealed].map((part) => part.toString('base64url'))
    return [VERSION, this.#kind, ...parts].join('.')
  }

  #freshSecret(): Secret {
    const nowMs = performance.now()
    if (this.#secret === undefined || nowMs - this.#secret.bornMs > SECRET_LIFE_MS) {
      this.#secret = {
        ...(this.#kind === 'x25519' ? agreedSecret(this.#key) : wrappedSecret(this.#key)),
        bornMs: nowMs,
      }
    }
    return this.#secret
  }
}

function agreedSecret(recipient: KeyObject): Omit<Secret, 'bornMs'> {
  const { privateKey, publicKey } = generateKeyPairSync('x25519')
  const keyPart = rawPublic(publicKey)
  const material = diffieHellman({ privateKey, publicKey: recipient })
  return { keyPart, material, salt: Buffer.concat([keyPart, rawPublic(recipient)]) }
}

function wrappedSecret(recipient: KeyObject): Omit<Secret, 'bornMs'> {
  const material = randomBytes(KEY_BYTES)
  return { keyPart: publicEncrypt(oaep(recipient), material), material, salt: Buffer.alloc(0) }
}

function oaep(key: KeyObject): { key: KeyObject; padding: number; oaepHash: string } {
  return { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
}

function rawPublic(key: KeyObject): Buffer {
  // The last bytes of the SubjectPublicKeyInfo of X25519 are the key itself (RFC 8410 section 4).
  return key.export({ type: 'spki', format: 'der' }).subarray(-RAW_X25519_BYTES)
}

function aesKey({ material, salt }: Pick<Secret, 'material' | 'salt'>, ray: string): Buffer {
  return Buffer.from(hkdfSync('sha256', material, salt, `tidegate payload ${VERSION} ${ray}`, KEY_BYTES))
}

/**
 * Opens what a `PayloadSealer` sealed. Returns the JSON text.
 * @param pem private key that belongs to the public one
 * @throws TidegateError ERR_USAGE when the key is none or another one, or the payload is damaged
 */
export function openPayload(sealed: string, pem: string, ray: string): string {
  const privateKey = readKey(() => createPrivateKey(pem), 'private')
  const [version, kind, ...encoded] = sealed.split('.')
  const [keyPart, nonce, body] = encoded.map((part) => Buffer.from(part, 'base64url'))
  if (version !== VERSION || body === undefined || body.length < TAG_BYTES || encoded.length !== 3) {
    throw unopened('it is no payload of this version')
  }
  if (kind !== kindOf(privateKey)) throw unopened(`it was sealed to a key of kind ${kind}`)
  try {
    const secret = kind === 'x25519' ? agreedAgain(privateKey, keyPart) : unwrapped(privateKey, keyPart)
    const decipher = createDecipheriv(CIPHER, aesKey(secret, ray), nonce)
    decipher.setAAD(Buffer.from(ray, 'latin1')).setAuthTag(body.subarray(-TAG_BYTES))
    const deflated = Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()])
    return inflateRawSync(deflated, { maxOutputLength: PLAINTEXT_LIMIT_BYTES }).toString('utf8')
  } catch (error) {
    throw unopened(messageOf(error))
  }
}

function agreedAgain(privateKey: KeyObject, keyPart: Buffer): Pick<Secret, 'material' | 'salt'> {
  const own = createPublicKey(privateKey)
  const jwk = { kty: 'OKP', crv: 'X25519', x: keyPart.toString('base64url') }
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  return { material: diffieHellman({ privateKey, publicKey }), salt: Buffer.concat([keyPart, rawPublic(own)]) }
}

function unwrapped(privateKey: KeyObject, keyPart: Buffer): Pick<Secret, 'material' | 'salt'> {
  return { material: privateDecrypt(oaep(privateKey), keyPart), salt: Buffer.alloc(0) }
}

const KINDS: Readonly<Record<string, Kind>> = { x25519: 'x25519', rsa: 'rsa' }

function kindOf(key: KeyObject): Kind {
  const kind = KINDS[key.asymmetricKeyType ?? '']
  if (kind !== undefined) return kind
  throw new TidegateError('ERR_CONFIG_INVALID', `a key of kind ${key.asymmetricKeyType} cannot seal payloads`, {
    source: 'configuration',
    remedy: 'Make one with: openssl genpkey -algorithm X25519 -out key.pem && openssl pkey -in key.pem -pubout',
  })
}

function readKey(read: () => KeyObject, kind: 'public' | 'private'): KeyObject {
  try {
    return read()
  } catch (error) {
    throw new TidegateError('ERR_CONFIG_INVALID', `this is no ${kind} key in PEM: ${messageOf(error)}`, {
      source: 'configuration',
      cause: error,
    })
  }
}

function unopened(reason: string): TidegateError {
  return new TidegateError('ERR_USAGE', `the payload cannot be opened: ${reason}`, {
    source: 'client',
    remedy: 'Give the private key of the public key that edge.waf.payloadKey named when the event was written.',
  })
}
