import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface TestKeyPair {
  readonly cert: string
  readonly key: string
  readonly certFile: string
  readonly keyFile: string
}

/** Why certificates cannot be made here, or false when they can. For the `skip` of a test. */
export function missingOpenssl(): string | false {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return false
  } catch {
    return 'openssl is not installed'
  }
}

/** A root, an intermediate and leaves, made with the openssl command; `remove` deletes them. */
export class TestChain {
  readonly #directory = mkdtempSync(join(tmpdir(), 'tidegate-chain-'))
  #count = 0
  readonly root: TestKeyPair
  readonly intermediate: TestKeyPair

  constructor() {
    this.root = this.#make('Test Root', [], undefined, true)
    this.intermediate = this.#make('Test Intermediate', [], this.root, true)
  }

  /** A leaf for these names, issued by the intermediate. */
  leaf(names: readonly string[], keyType: 'ec' | 'rsa' = 'ec'): TestKeyPair {
    return this.#make(names[0], names, this.intermediate, false, keyType)
  }

  #make(
    commonName: string,
    names: readonly string[],
    issuer: TestKeyPair | undefined,
    isAuthority: boolean,
    keyType: 'ec' | 'rsa' = 'ec',
  ): TestKeyPair {
    const base = join(this.#directory, String(this.#count++))
    const [certFile, keyFile] = [`${base}.crt`, `${base}.key`]
    const extensions = isAuthority
      ? ['-addext', 'basicConstraints=critical,CA:TRUE']
      : [
          '-addext',
          'basicConstraints=critical,CA:FALSE',
          '-addext',
          `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`,
        ]
    const signer = issuer === undefined ? [] : ['-CA', issuer.certFile, '-CAkey', issuer.keyFile]
    const newKey = keyType === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : ['rsa:2048']
    const key = ['-newkey', ...newKey, '-nodes', '-keyout', keyFile, '-out', certFile]
    const options = ['req', '-x509', ...key, '-days', '30', '-subj', `/CN=${commonName}`, ...extensions, ...signer]
    execFileSync('openssl', options, { stdio: 'ignore' })
    return { cert: readFileSync(certFile, 'latin1'), key: readFileSync(keyFile, 'latin1'), certFile, keyFile }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true })
  }
}
