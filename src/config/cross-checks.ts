import type { Config, ListenAddress } from './config.ts'
import { certificateFault, existsFault, payloadKeyFault, readableFault } from './check-files.ts'
import { CRS_REMEDY, findCrs, findStagedCrs } from './waf/find-crs.ts'
import type { YamlPath } from './source/yaml-document.ts'

/** A fault that shows only when several keys, or the files they name, are looked at together. */
export interface CrossFault {
  readonly path: YamlPath
  readonly message: string
}

/** Checks that no single value can show. Adding one is a function and a line here. */
export function crossChecks(config: Config): readonly CrossFault[] {
  return CHECKS.flatMap((check) => [...check(config)])
}

const CHECKS: readonly ((config: Config) => Iterable<CrossFault>)[] = [
  tokenNames,
  listenAddresses,
  tlsWithoutCertificate,
  certificateFiles,
  siteNames,
  siteHosts,
  originSettings,
  wafFiles,
  wafRuleSets,
  firewallInterfaces,
  flowListeners,
]

function* tokenNames({ console }: Config): Iterable<CrossFault> {
  const seen = new Set<string>()
  for (const [index, { name }] of console.tokens.entries()) {
    if (seen.has(name))
      yield { path: ['console', 'tokens', index, 'name'], message: `there are two tokens named ${name}` }
    seen.add(name)
  }
}

function addressText({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function* listenAddresses({ console, edge }: Config): Iterable<CrossFault> {
  const seen = new Map<string, string>([[addressText(console.listen), 'console.listen']])
  for (const [index, listener] of edge.listeners.entries()) {
    const address = addressText(listener)
    const other = seen.get(address)
    if (listener.port !== 0 && other !== undefined) {
      yield { path: ['edge', 'listeners', index, 'address'], message: `${address} is already the address of ${other}` }
    }
    seen.set(address, `edge.listeners[${index}]`)
  }
}

function* tlsWithoutCertificate({ edge }: Config): Iterable<CrossFault> {
  if (edge.certificates.length > 0) return
  for (const [index, { tls }] of edge.listeners.entries()) {
    if (tls) {
      const message = 'a TLS listener needs a certificate; add `certificates: [{ cert: FILE, key: FILE }]` to `edge`'
      yield { path: ['edge', 'listeners', index, 'tls'], message }
    }
  }
}

function* certificateFiles({ edge }: Config): Iterable<CrossFault> {
  for (const [index, { certFile, keyFile }] of edge.certificates.entries()) {
    const fault = certificateFault(certFile, keyFile)
    if (fault !== undefined) yield { path: ['edge', 'certificates', index, fault.key], message: fault.message }
  }
}

function* siteNames({ edge }: Config): Iterable<CrossFault> {
  const seen = new Set<string>()
  for (const [index, { name }] of edge.sites.entries()) {
    if (seen.has(name)) yield { path: ['edge', 'sites', index, 'name'], message: `there are two sites named ${name}` }
    seen.add(name)
  }
}

function* siteHosts({ edge }: Config): Iterable<CrossFault> {
  const owner = new Map<string, string>()
  for (const [index, site] of edge.sites.entries()) {
    for (const [hostIndex, host] of site.hosts.entries()) {
      const other = owner.get(host)
      if (other !== undefined) {
        yield {
          path: ['edge', 'sites', index, 'hosts', hostIndex],
          message: `host ${host} already belongs to site ${other}`,
        }
      }
      owner.set(host, site.name)
    }
  }
}

function* originSettings({ edge }: Config): Iterable<CrossFault> {
  for (const [siteIndex, site] of edge.sites.entries()) {
    for (const [index, origin] of site.origins.entries()) {
      const path = ['edge', 'sites', siteIndex, 'origins', index]
      if (!origin.secure && origin.caFile !== undefined) yield { path: [...path, 'ca'], message: ONLY_HTTPS }
      if (!origin.secure && origin.serverName !== undefined)
        yield { path: [...path, 'serverName'], message: ONLY_HTTPS }
      const fault = origin.caFile === undefined ? undefined : readableFault(origin.caFile)
      if (fault !== undefined) yield { path: [...path, 'ca'], message: fault }
    }
  }
}

const ONLY_HTTPS = 'this key is for https origins only'

function* wafFiles({ edge }: Config): Iterable<CrossFault> {
  const { ruleSets, setupFile, payloadKeyFile } = edge.waf
  const faults = {
    'ruleSets.crs': ruleSets.crs === undefined ? undefined : existsFault(ruleSets.crs),
    setup: setupFile === undefined ? undefined : readableFault(setupFile),
    payloadKey: payloadKeyFile === undefined ? undefined : payloadKeyFault(payloadKeyFile),
  }
  for (const [key, message] of Object.entries(faults)) {
    if (message !== undefined) yield { path: ['edge', 'waf', ...key.split('.')], message }
  }
}

function* wafRuleSets(config: Config): Iterable<CrossFault> {
  for (const [index, { waf }] of config.edge.sites.entries()) {
    const at = waf.ruleSets.indexOf('crs')
    if (waf.mode === 'off' || at < 0 || (findCrs(config) ?? findStagedCrs(config)) !== undefined) continue
    const path = ['edge', 'sites', index, 'waf', 'rules', at]
    yield { path, message: `there are no rules called \`crs\`; ${CRS_REMEDY}` }
  }
}

function* firewallInterfaces({ firewall }: Config): Iterable<CrossFault> {
  const seen = new Set<string>()
  for (const [index, { name, directions }] of (firewall?.interfaces ?? []).entries()) {
    const path = ['firewall', 'interfaces', index]
    if (seen.has(name)) yield { path: [...path, 'name'], message: `interface ${name} is named twice` }
    seen.add(name)
    const again = directions.findIndex((direction, place) => directions.indexOf(direction) < place)
    if (again >= 0) {
      yield { path: [...path, 'directions', again], message: `direction ${directions[again]} is named twice` }
    }
  }
}

function* flowListeners({ flows }: Config): Iterable<CrossFault> {
  const seen = new Set<string>()
  for (const [index, listener] of (flows?.listeners ?? []).entries()) {
    const address = addressText(listener)
    if (listener.port !== 0 && seen.has(address)) {
      yield { path: ['flows', 'listeners', index], message: `${address} is listed twice` }
    }
    seen.add(address)
  }
}
