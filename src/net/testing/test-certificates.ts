import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A pair of PEM files that a test made. */
export interface TestCertificate {
  readonly certFile: string
  readonly keyFile: string
  readonly certPem: string
}

export interface TestCertificateOptions {
  /** DNS names and `IP:` addresses of the certificate. */
  readonly names: readonly string[]
  /** Days of validity from now on; -1 makes one that expired yesterday. */
  readonly days?: number
  readonly key?: 'ec' | 'rsa'
  /** An authority made before; self-signed without. */
  readonly issuer?: TestCertificate
}

/** Why certificates cannot be made here, or undefined when they can. For the `skip` of a test. */
export function missingOpenssl(): string | undefined {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' })
    return undefined
  } catch {
    return 'openssl is not installed'
  }
}

/** A directory of test certificates, made with the openssl command; `remove` deletes it. */
export class TestCertificates {
  readonly directory = mkdtempSync(join(tmpdir(), 'tidegate-certificates-'))
  #count = 0

  make(options: TestCertificateOptions): TestCertificate {
    const base = join(this.directory, String(this.#count++))
    const certFile = `${base}.crt`
    const keyFile = `${base}.key`
    const names = options.names.map((name) => (name.startsWith('IP:') ? name : `DNS:${name}`)).join(',')
    const days = options.days ?? 30
    const key = options.key === 'rsa' ? ['rsa:2048'] : ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256']
    const issuer =
      options.issuer === undefined ? [] : ['-CA', options.issuer.certFile, '-CAkey', options.issuer.keyFile]
    const request = [
      '-nodes',
      '-subj',
      `/CN=${options.names[0]}`,
      '-addext',
      `subjectAltName=${names}`,
      '-keyout',
      keyFile,
    ]
    if (days > 0) {
      openssl(['req', '-x509', ...request, '-newkey', ...key, ...issuer, '-days', String(days), '-out', certFile])
    } else {
      // Only `x509` signs a certificate that has ended already.
      openssl(['req', ...request, '-newkey', ...key, '-out', `${base}.csr`])
      const sign = ['x509', '-req', '-in', `${base}.csr`, '-signkey', keyFile, '-copy_extensions', 'copyall']
      openssl([...sign, '-days', String(days), '-out', certFile])
    }
    return { certFile, keyFile, certPem: readFileSync(certFile, 'latin1') }
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }
}

function openssl(args: readonly string[]): void {
  execFileSync('openssl', args, { stdio: 'ignore' })
}
