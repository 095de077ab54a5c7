import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { toolPath } from './debian-tools.ts'
import { freePort, stopped, waitUntilAnswering } from './server-process.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_http_modsecurity_module.so'
const UNICODE_MAP = '/etc/nginx/unicode.mapping'
const DEBIAN_SETUP = '/etc/modsecurity/crs/crs-setup.conf'

/** Why nginx with ModSecurity cannot be the peer here; undefined when it can. */
export function missingModsecurity(): string | undefined {
  const missing = toolPath('nginx') === undefined || !existsSync(MODULE) || !existsSync(UNICODE_MAP)
  return missing ? 'needs nginx with ModSecurity (Debian: libnginx-mod-http-modsecurity)' : undefined
}

export interface ModsecurityOptions {
  /** Its files go here. */
  readonly folder: string
  /** A folder of CRS 3 or 4. */
  readonly crs: string
  readonly paranoia: number
  /** SecLang read behind the set-up of CRS. */
  readonly setup?: string
  /** `log` keeps every transaction in an audit log; `block` answers 403 and keeps nothing. */
  readonly mode: 'log' | 'block'
  /** Where requests go; undefined: to a page of the same nginx that says 200. */
  readonly originPort?: number
}

/** A transaction as the audit log has it. */
export interface AuditEntry {
  /** Header fields of the request, names as they came. */
  readonly headers: Readonly<Record<string, string>>
  readonly ruleIds: readonly number[]
}

/** nginx as a proxy with libmodsecurity and one worker. */
export interface ModsecurityNginx {
  readonly pid: number
  readonly port: number
  /** What was logged since the last call. */
  takeAudit(): Promise<AuditEntry[]>
  stop(): Promise<void>
}

/** @throws Error when nginx does not start; the message says why */
export async function startModsecurityNginx(options: ModsecurityOptions): Promise<ModsecurityNginx> {
  const { folder } = options
  mkdirSync(folder, { recursive: true })
  const [port, pagePort] = [await freePort(), await freePort()]
  const audit = path.join(folder, 'audit.log')
  writeFileSync(path.join(folder, 'rules.conf'), rules(options, audit))
  writeFileSync(path.join(folder, 'nginx.conf'), configuration(folder, port, options.originPort ?? pagePort, pagePort))
  const args = ['-c', path.join(folder, 'nginx.conf'), '-p', folder]
  const child = spawn(toolPath('nginx') ?? 'nginx', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let messages = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (messages += text))
  await waitUntilAnswering(port, child, () => messages)
  return {
    pid: child.pid ?? 0,
    port,
    takeAudit: () => takeAudit(audit),
    stop: () => stopped(child),
  }
}

/** As Debian's configuration has it: answers in text are judged. */
const RESPONSES = `SecResponseBodyAccess On
SecResponseBodyMimeType text/plain text/html text/xml
SecResponseBodyLimit 524288
SecResponseBodyLimitAction ProcessPartial`

/** What Debian's and ModSecurity's own recommended settings say, as far as they matter to rules. */
function rules({ crs, paranoia, setup, mode }: ModsecurityOptions, audit: string): string {
  const example = path.join(crs, 'crs-setup.conf.example')
  return `SecRuleEngine ${mode === 'log' ? 'DetectionOnly' : 'On'}
SecRequestBodyAccess On
SecRequestBodyLimit 13107200
SecRequestBodyNoFilesLimit 1310720
SecRequestBodyJsonDepthLimit 512
${mode === 'log' ? 'SecResponseBodyAccess Off' : RESPONSES}
SecArgumentSeparator &
SecCookieFormat 0
SecUnicodeMapFile ${UNICODE_MAP} 20127
SecPcreMatchLimit 100000
SecPcreMatchLimitRecursion 100000
SecAuditEngine ${mode === 'log' ? 'On' : 'Off'}
SecAuditLogParts ABHZ
SecAuditLogType Serial
SecAuditLogFormat JSON
SecAuditLog ${audit}
SecRule REQUEST_HEADERS:Content-Type "^(?:application(?:/soap\\+|/)|text/)xml" "id:200000,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "^application/json" "id:200001,phase:1,t:none,t:lowercase,pass,nolog,ctl:requestBodyProcessor=JSON"
Include ${existsSync(example) ? example : DEBIAN_SETUP}
SecAction "id:200002,phase:1,pass,nolog,setvar:tx.paranoia_level=${paranoia},setvar:tx.blocking_paranoia_level=${paranoia}"
${setup ?? ''}
Include ${crs}/rules/*.conf
`
}

function configuration(folder: string, port: number, originPort: number, pagePort: number): string {
  return `load_module ${MODULE};
user root; daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null crit;
events { worker_connections 1000; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_max_body_size 0; client_body_buffer_size 2m; large_client_header_buffers 8 64k; underscores_in_headers on;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
  upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 100000000; }
  server { listen 127.0.0.1:${pagePort}; access_log off; location / { return 200 "ok"; } }
  server {
    listen 127.0.0.1:${port} backlog=8192; modsecurity on; modsecurity_rules_file ${folder}/rules.conf;
    location / { proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; }
  }
}
`
}

interface AuditLine {
  readonly transaction: {
    readonly request: { readonly headers?: Readonly<Record<string, string>> }
    readonly messages: readonly { readonly details: { readonly ruleId: string } }[]
  }
}

/** nginx logs a request a moment after its answer. */
const LOG_DELAY_MS = 200

/** Reads the log and empties it: nginx appends, so that it goes on at the start. */
async function takeAudit(file: string): Promise<AuditEntry[]> {
  await setTimeout(LOG_DELAY_MS)
  const text = existsSync(file) ? readFileSync(file, 'latin1') : ''
  writeFileSync(file, '')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const { request, messages } = (JSON.parse(line) as AuditLine).transaction
      return { headers: request.headers ?? {}, ruleIds: messages.map(({ details }) => Number(details.ruleId)) }
    })
}
