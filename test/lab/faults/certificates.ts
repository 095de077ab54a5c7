import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
const DAY = 86_400_000

interface Leaf {
  readonly names: readonly string[]
  /** Days from now. */
  readonly fromDays?: number
  readonly toDays?: number
}

/** Certificates of the lab, below a root that its clients trust as `root.crt`, and an intermediate authority. */
export class Certificates {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
    this.#openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '300',
      '-subj',
      '/CN=Lab Root',
      '-keyout',
      'root.key',
      '-out',
      'root.crt',
    )
    for (const file of ['index.txt', 'index.txt.attr']) writeFileSync(path.join(folder, file), '')
    writeFileSync(path.join(folder, 'ca.cnf'), CA_SETTINGS)
    this.#sign('intermediate', '/CN=Lab Intermediate', 'root', 'basicConstraints=critical,CA:TRUE', {})
    this.#openssl(
      'req',
      '-x509',
      ...KEY,
      '-days',
      '30',
      '-subj',
      '/CN=app.lab.test',
      '-addext',
      'subjectAltName=DNS:app.lab.test',
      '-keyout',
      'self.key',
      '-out',
      'self.crt',
    )
    for (const [name, leaf] of Object.entries(LEAVES)) this.#leaf(name, leaf)
  }

  file(name: string): string {
    return path.join(this.folder, name)
  }

  /** The leaf and its intermediate in `NAME.crt`, the leaf alone in `NAME-alone.crt`. */
  #leaf(name: string, leaf: Leaf): void {
    const names = `subjectAltName=${leaf.names.map((host) => `DNS:${host}`).join(',')}`
    this.#sign(`${name}-alone`, `/CN=${leaf.names[0]}`, 'intermediate', names, leaf)
    const chain = [`${name}-alone.crt`, 'intermediate.crt'].map((file) => readFileSync(this.file(file), 'latin1'))
    writeFileSync(this.file(`${name}.crt`), chain.join(''))
    writeFileSync(this.file(`${name}.key`), readFileSync(this.file(`${name}-alone.key`)))
  }

  #sign(
    name: string,
    subject: string,
    authority: string,
    extension: string,
    { fromDays = -10, toDays = 90 }: Omit<Leaf, 'names'>,
  ): void {
    writeFileSync(this.file('extension.cnf'), `${extension}\n`)
    this.#openssl('req', ...KEY, '-subj', subject, '-keyout', `${name}.key`, '-out', 'request.csr')
    const signer = ['-cert', `${authority}.crt`, '-keyfile', `${authority}.key`]
    const dates = ['-startdate', stamp(fromDays), '-enddate', stamp(toDays)]
    this.#openssl(
      'ca',
      '-batch',
      '-config',
      'ca.cnf',
      ...signer,
      ...dates,
      '-extfile',
      'extension.cnf',
      '-in',
      'request.csr',
      '-out',
      `${name}.crt`,
      '-notext',
    )
  }

  #openssl(...args: readonly string[]): void {
    execFileSync('openssl', args, { cwd: this.folder, stdio: ['ignore', 'ignore', 'pipe'] })
  }
}

const LEAVES = {
  good: { names: ['app.lab.test', 'www.lab.test'] },
  expired: { names: ['app.lab.test'], fromDays: -100, toDays: -3 },
  early: { names: ['app.lab.test'], fromDays: 5, toDays: 90 },
  other: { names: ['mail.other.test'] },
  client: { names: ['someone'] },
} as const satisfies Record<string, Leaf>

const CA_SETTINGS = `[ca]
default_ca = lab
[lab]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
`

/** A time as `openssl ca` wants it. */
function stamp(days: number): string {
  return `${new Date(Date.now() + days * DAY).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14)}Z`
}
