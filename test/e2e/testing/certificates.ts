import { execFileSync } from 'node:child_process'
import path from 'node:path'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
}

/** A self-signed certificate for the given names, written into `folder` as `NAME.crt` and `NAME.key`. */
export function makeCertificate(folder: string, name: string, hosts: readonly string[]): CertificateFiles {
  const certFile = path.join(folder, `${name}.crt`)
  const keyFile = path.join(folder, `${name}.key`)
  const subjectAltName = hosts.map((host) => `DNS:${host}`).join(',')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const subject = ['-subj', `/CN=${hosts[0]}`, '-addext', `subjectAltName=${subjectAltName}`]
  execFileSync('openssl', ['req', '-x509', ...curve, '-days', '30', ...subject, '-keyout', keyFile, '-out', certFile], {
    stdio: 'ignore',
  })
  return { certFile, keyFile }
}
