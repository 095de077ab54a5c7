import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import test, { type TestContext } from 'node:test'
import { skipWithoutRoot } from '../debian-tools.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { metric, systemEvents } from './testing/system-events.ts'
import { eventually, startTidegate, type TidegateProcess } from './testing/tidegate-process.ts'

const DISK = '48m'

/** A home whose `data` is a small disk of its own, or undefined where nothing may be mounted. */
function homeWithSmallDisk(t: TestContext, stop: () => Promise<unknown>): string | undefined {
  const home = mkdtempSync(path.join(tmpdir(), 'tidegate-disk-'))
  const data = path.join(home, 'data')
  mkdirSync(data)
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK}`, 'tidegate-test', data]).status === 0
  t.after(async () => {
    await stop()
    if (mounted) spawnSync('umount', ['-l', data])
    rmSync(home, { recursive: true, force: true })
  })
  return mounted ? home : undefined
}

/** Takes every free byte of the disk. */
function fill(file: string): void {
  const handle = openSync(file, 'w')
  const block = Buffer.alloc(64 * 1024, 1)
  try {
    for (let sizeBytes = block.length; sizeBytes > 0;) {
      try {
        writeSync(handle, block, 0, sizeBytes)
      } catch (thrown) {
        assert.equal((thrown as NodeJS.ErrnoException).code, 'ENOSPC')
        sizeBytes = Math.floor(sizeBytes / 2)
      }
    }
  } finally {
    closeSync(handle)
  }
}

test(
  'a full disk stops no traffic; log and metrics say so, and events flow again when there is room',
  { skip: skipWithoutRoot() },
  async (t) => {
    const running: TidegateProcess[] = []
    const home = homeWithSmallDisk(t, () => Promise.all(running.map((each) => each.stop('SIGKILL'))))
    if (home === undefined) return t.skip('may not mount a file system')
    const origin = await startHttpOrigin(t, (_, response) => response.end('ok'))
    const edge = await startTidegate(t, {
      home,
      more: 'events: { spoolSize: 16MiB }',
      edge: `  workers: 2\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
    })
    running.push(edge)
    const before = await httpGet(edge.httpPort, '/before')
    await edge.event(String(before.headers['tidegate-ray']))

    const ballast = path.join(home, 'data', 'ballast')
    let asked = 0
    const traffic = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) assert.equal((await httpGet(edge.httpPort, `/full/${asked++}`)).status, 200)
    }
    await eventually('a metric that says that events are not stored', async () => {
      fill(ballast)
      await traffic()
      const signs = ['tidegate_store_failing', 'tidegate_events_dropped_total']
      const values = await Promise.all(signs.map((name) => metric(edge, name)))
      return values.some((value) => value > 0) ? true : undefined
    })
    await traffic()
    assert.equal((await edge.api('/metrics')).status, 200)

    rmSync(ballast)
    await eventually('the system event', async () =>
      (await systemEvents(edge)).find(
        ({ code, level, message }) =>
          level !== 'info' && /^events-|^store-/.test(code) && /ENOSPC|space|disk|full/i.test(message),
      ),
    )
    const after = await httpGet(edge.httpPort, '/after')
    assert.equal((await edge.event(String(after.headers['tidegate-ray']))).facts['http.request.uri.path'], '/after')
    await eventually('a store without fault', async () =>
      (await metric(edge, 'tidegate_store_failing')) === 0 ? true : undefined,
    )
    assert.equal(
      (await edge.events('http.request.uri.path eq "/before"', 1)).length,
      1,
      'what was stored is still there',
    )
    assert.equal(await edge.stop(), 0)
  },
)
