import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import path from 'node:path'

/** Programs that tests and benchmarks use as real peers, with the Debian package each comes from. */
const PACKAGE_OF = {
  curl: 'curl',
  openssl: 'openssl',
  nginx: 'nginx-light',
  h2load: 'nghttp2-client',
  nghttp: 'nghttp2-client',
  wrk: 'wrk',
  tshark: 'tshark',
  faketime: 'faketime',
  softflowd: 'softflowd',
  pmacctd: 'pmacct',
  tcpdump: 'tcpdump',
  dig: 'bind9-dnsutils',
  ping: 'iputils-ping',
  ip: 'iproute2',
  nft: 'nftables',
  unbound: 'unbound',
  ethtool: 'ethtool',
  nc: 'netcat-openbsd',
  nmap: 'nmap',
  hping3: 'hping3',
  ab: 'apache2-utils',
  editcap: 'wireshark-common',
  sysctl: 'procps',
} as const

export type Tool = keyof typeof PACKAGE_OF

/** Absolute path of a program, also in the folders that a user's PATH may lack; undefined when it is not installed. */
export function toolPath(tool: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin']
  for (const folder of folders) {
    const file = path.join(folder, tool)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch {
      continue
    }
  }
  return undefined
}

/** For the `skip` option of a test: false when the tool is there, else the reason. */
export function skipWithout(...tools: readonly Tool[]): string | false {
  const missing = tools.filter((tool) => toolPath(tool) === undefined)
  return missing.length === 0
    ? false
    : `needs ${missing.map((tool) => `${tool} (Debian: ${PACKAGE_OF[tool]})`).join(', ')}`
}

/** For the `skip` option of a test that needs root. */
export function skipWithoutRoot(): string | false {
  return process.getuid?.() === 0 ? false : 'needs root'
}

/** Installs the packages of missing tools when this is Debian and we are root. Says what it does; never fails the caller. */
export function installMissingTools(say: (line: string) => void): void {
  const missing = (Object.keys(PACKAGE_OF) as Tool[]).filter((tool) => toolPath(tool) === undefined)
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((tool) => PACKAGE_OF[tool]))]
  if (process.getuid?.() !== 0 || toolPath('apt-get') === undefined) {
    say(
      `not installed: ${packages.join(', ')}; tests that need them are skipped (run as root on Debian to install them)`,
    )
    return
  }
  say(`installing ${packages.join(', ')} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]): boolean =>
    spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0
  const ok = apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', ...packages)
  say(ok ? 'installed' : 'could not install them; tests that need them are skipped')
}
