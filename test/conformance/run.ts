/** Each suite is one module with `run(args)`; the names are what `npm run conformance -- NAME` takes. */
const SUITES: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): void | Promise<void> }>>> = {
  crs: () => import('./crs/run.ts'),
  findings: () => import('./findings.ts'),
  packets: () => import('./packets/run.ts'),
  waf: () => import('./waf/false-positives.ts'),
  'false-positives': () => import('./waf/beside-modsecurity.ts'),
  modsecurity: () => import('./waf/modsecurity.ts'),
}

const [name, ...args] = process.argv.slice(2)
const load = SUITES[name ?? '']
if (load === undefined) {
  process.stderr.write(`usage: npm run conformance -- NAME; there are ${Object.keys(SUITES).join(', ')}\n`)
  process.exit(2)
}
const suite = await load()
await suite.run(args)
