import { Worker } from 'node:worker_threads'
import { mkdtempSync } from 'node:fs'
import { createOriginHealth } from './origin-health.ts'
import { testConfig, testSite } from './test-edge.ts'
import { parseExpression } from '#rules'
import { FIELD_BY_NAME } from '#fields'
const edge = testConfig([testSite([19000])], { listeners: [{ host: '127.0.0.1', port: 19002, tls: false, proxyProtocol: false, http2: false, minTlsVersion: 'TLSv1.2' }] })
const texts: string[] = []
for (let i = 0; i < 100; i++) texts.push([`http.request.uri.path wildcard "/admin${i}*" and not ip.src in { 10.0.0.0/8 }`, `http.user_agent contains "badbot${i}"`, `http.host == "h${i}.test"`, `http.request.headers["x-test"][0] == "v${i}"`, `ip.src in { 192.0.2.${i} 198.51.100.0/24 }`][i % 5])
const rules = texts.map((when, i) => { const r = parseExpression(when, { fields: FIELD_BY_NAME } as never); if (!r.ok) throw new Error(when + JSON.stringify(r)); return { id: 'r' + i, description: '', when, expression: r.expression, action: { type: 'block', terminating: true, status: 403 } as const, enabled: true, mode: 'enforce' as const, place: { file: 'x', line: 1, column: 1 } } })
const n = Number(process.env.RULES ?? 100)
const policy = { version: 'v', rulesets: [{ phase: 'firewall_custom' as const, rules: rules.slice(0, n) }], lists: [] }
const w = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { index: 0, edge, events: { retentionSeconds: 1, retentionBytes: 1, spoolBytes: 10e9, memoryLimitBytes: 1e9, redact: [], sensitiveArguments: [], sensitiveHeaders: [] }, policy, spoolDirectory: mkdtempSync('/tmp/pf/spool-'), redactionKey: new Uint8Array(32), geo: undefined, health: createOriginHealth(edge), ticketKeys: new Uint8Array(48) } })
w.on('message', (m) => { if (m.type !== 'counters') console.log(m) })
w.on('error', console.error)
process.on('SIGTERM', () => w.postMessage({ type: 'drain' }))
