/** Each benchmark is one module with `run(args)`; the names are what `npm run bench -- NAME` takes. */
const BENCHMARKS: Readonly<Record<string, () => Promise<{ run(args: readonly string[]): void | Promise<void> }>>> = {
  http: () => import('./http.ts'),
  rules: () => import('./rules.ts'),
  waf: () => import('./waf.ts'),
  'waf-hostile': () => import('./waf-hostile.ts'),
  capture: () => import('./capture.ts'),
  compare: () => import('./compare.ts'),
  events: () => import('./events.ts'),
  floods: () => import('./floods.ts'),
  'floods-lab': () => import('./floods-lab.ts'),
  flows: () => import('./flows.ts'),
  packets: () => import('./packets.ts'),
  replay: () => import('./replay.ts'),
  memory: () => import('./memory.ts'),
}

const [name, ...args] = process.argv.slice(2)
const names = name === undefined ? Object.keys(BENCHMARKS).filter((entry) => entry !== 'memory') : [name]
for (const entry of names) {
  const load = BENCHMARKS[entry]
  if (load === undefined) {
    process.stderr.write(`no benchmark is called ${entry}; there are ${Object.keys(BENCHMARKS).join(', ')}\n`)
    process.exit(2)
  }
  const benchmark = await load()
  await benchmark.run(args)
}
