import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { toolPath } from '../test/debian-tools.ts'
import { freePort, stopped, waitUntilAnswering } from '../test/server-process.ts'

/** A program under measurement with the ports it answers on. */
export interface Server {
  readonly name: string
  readonly pid: number
  readonly httpPort: number
  readonly httpsPort: number
  stop(): Promise<void>
}

export const GIBIBYTE = 1024 ** 3

/** A temporary folder with a self-signed certificate for `bench.test`. */
export function makeWorkspace(): { folder: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tidegate-bench-'))
  execFileSync(
    'openssl',
    // prettier-ignore
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-subj', '/CN=bench.test',
      '-addext', 'subjectAltName=DNS:bench.test', '-keyout', path.join(folder, 'key.pem'), '-out', path.join(folder, 'cert.pem')],
    { stdio: 'ignore' },
  )
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

async function startNginx(folder: string, name: string, http: string): Promise<ChildProcess> {
  const home = path.join(folder, name)
  mkdirSync(home, { recursive: true })
  const file = path.join(home, 'nginx.conf')
  writeFileSync(
    file,
    `user root; daemon off; worker_processes 1; pid ${home}/nginx.pid; error_log ${home}/error.log;
events { worker_connections 20000; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s; client_max_body_size 0;
  client_body_temp_path ${home}/body; proxy_temp_path ${home}/proxy; fastcgi_temp_path ${home}/f; uwsgi_temp_path ${home}/u; scgi_temp_path ${home}/s;
${http}
}
`,
  )
  return spawn(toolPath('nginx') ?? 'nginx', ['-c', file, '-p', home], { stdio: 'ignore' })
}

/** The origin of all measurements: nginx that answers 192 bytes, serves a 1 GiB file and swallows uploads. */
export async function startOrigin(folder: string): Promise<Server> {
  const port = await freePort()
  const files = path.join(folder, 'files')
  mkdirSync(files, { recursive: true })
  writeFileSync(path.join(files, 'big'), '')
  truncateSync(path.join(files, 'big'), GIBIBYTE)
  const child = await startNginx(
    folder,
    'origin',
    `  server { listen 127.0.0.1:${port} reuseport backlog=8192; root ${files}; sendfile on;
    location = /small { default_type text/plain; return 200 "${'x'.repeat(192)}"; }
    location /waf/ { default_type text/plain; return 200 "${'x'.repeat(192)}"; } }`,
  )
  await waitUntilAnswering(port, child)
  return { name: 'origin', pid: child.pid ?? 0, httpPort: port, httpsPort: 0, stop: () => stopped(child) }
}

/** nginx as a bare reverse proxy with one worker: keep-alive to the origin, no log, no buffering to disk. */
export async function startNginxProxy(folder: string, originPort: number): Promise<Server> {
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  const child = await startNginx(
    folder,
    'proxy',
    `  upstream origin { server 127.0.0.1:${originPort}; keepalive 128; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${httpPort} backlog=8192; listen 127.0.0.1:${httpsPort} ssl http2 backlog=8192;
    ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem; ssl_protocols TLSv1.3; ssl_session_cache shared:s:10m;
    http2_max_requests 100000000;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr; proxy_max_temp_file_size 0; proxy_request_buffering off; } }`,
  )
  await waitUntilAnswering(httpPort, child)
  return { name: 'nginx', pid: child.pid ?? 0, httpPort, httpsPort, stop: () => stopped(child) }
}

/** A hundred custom rules of the kinds that people write; none matches the measured request. */
export function hundredRules(): string {
  const shapes: readonly ((n: number) => string)[] = [
    (n) => `http.request.uri.path wildcard "/admin-${n}*" and not ip.src in $office`,
    (n) => `http.request.uri.path == "/wp-login-${n}.php"`,
    (n) => `ip.src in {198.51.100.${n} 203.0.113.0/24} and http.request.method eq "POST"`,
    (n) => `http.user_agent contains "badbot${n}"`,
    (n) => `any(http.request.headers["x-probe-${n}"][*] contains "1")`,
    (n) => `http.request.uri.query contains "union${n}" or http.request.uri.path contains "../${n}"`,
    (n) => `ip.src.country in {"XX" "YY"} and ip.src.asnum eq ${64_500 + n}`,
    (n) => `lower(http.host) eq "old-${n}.bench.test"`,
    (n) => `starts_with(http.request.uri.path, "/api/v${n}/") and http.request.method in {"PUT" "DELETE"}`,
    (n) => `http.request.uri.path matches "^/(old|legacy)-${n}/[a-z]+$"`,
  ]
  const rules = Array.from(
    { length: 100 },
    (_, n) => `  - { id: rule-${n}, when: '${shapes[n % 10](n)}', action: block }`,
  )
  return `lists:\n  office: [192.0.2.0/24]\n---\nphase: firewall_custom\nrules:\n${rules.join('\n')}\n`
}

export interface TidegateOptions {
  readonly folder: string
  readonly originPort: number
  /** Its files go to a folder of this name. */
  readonly name?: string
  readonly workers?: number
  /** The `waf` section of the site, as YAML. */
  readonly waf?: string
  /** Folder of the SecLang rules, where the site asks for them. */
  readonly crs?: string
}

/** Tidegate with one data worker, unless told otherwise, a hundred rules and every request logged. */
export async function startTidegate({
  folder,
  originPort,
  name = 'tidegate',
  workers = 1,
  waf = '{ mode: off }',
  crs,
}: TidegateOptions): Promise<Server> {
  const home = path.join(folder, name)
  mkdirSync(path.join(home, 'policy'), { recursive: true })
  const [httpPort, httpsPort, consolePort] = [await freePort(), await freePort(), await freePort()]
  writeFileSync(path.join(home, 'policy', 'edge.yaml'), hundredRules())
  writeFileSync(
    path.join(home, 'tidegate.yaml'),
    `console: { listen: 127.0.0.1:${consolePort} }
data: ./data
policy: ./policy
edge:
  workers: ${workers}
  listeners: [{ address: 127.0.0.1:${httpPort} }, { address: 127.0.0.1:${httpsPort}, tls: true }]
  certificates: [{ cert: ${folder}/cert.pem, key: ${folder}/key.pem }]
  limits: { requestsPerConnection: 100000000, connections: 20000 }
  timeouts: { idle: 600s }
  waf: { ruleSets: {${crs === undefined ? '' : ` crs: ${JSON.stringify(crs)} `}} }
  sites: [{ name: bench, hosts: ["*"], origins: [http://127.0.0.1:${originPort}], bodyLimit: 2GiB, waf: ${waf} }]
`,
  )
  const args = ['bin/tidegate.mjs', 'up', '--config', path.join(home, 'tidegate.yaml')]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await waitUntilAnswering(httpPort, child)
  return { name: 'tidegate', pid: child.pid ?? 0, httpPort, httpsPort, stop: () => stopped(child) }
}
