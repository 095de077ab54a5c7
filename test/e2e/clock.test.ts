import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import test from 'node:test'
import { FakedClock, fakeTimeLibrary } from './testing/faked-clock.ts'
import { httpGet } from './testing/http-client.ts'
import { startHttpOrigin } from './testing/origins.ts'
import { startTidegate, temporaryFolder, type TidegateProcess } from './testing/tidegate-process.ts'

const HOUR = 3600
const library = fakeTimeLibrary()

const rule = (id: string): string =>
  `phase: firewall_custom\nrules: [{ id: ${id}, when: 'http.request.uri.path eq "/blocked"', action: block }]\n`

async function policyVersion(tidegate: TidegateProcess): Promise<string> {
  return ((await (await tidegate.api('/api/v1/policy')).json()) as { version: string }).version
}

test(
  'the wall clock jumps an hour on and two back: rays sort, durations are real, events are found, reloads work',
  { skip: library === undefined ? 'needs libfaketime (Debian: faketime)' : false },
  async (t) => {
    const home = temporaryFolder(t)
    const clock = new FakedClock(home, library ?? '')
    const origin = await startHttpOrigin(t, (_, response) => setTimeout(() => response.end('ok'), 20))
    const tidegate = await startTidegate(t, {
      home,
      env: clock.env,
      edge: `  workers: 1\n  sites: [{ name: all, hosts: ["*"], origins: [${origin.url}] }]`,
      policy: { 'edge.yaml': rule('r0') },
    })
    const edgeNow = async (): Promise<number> => {
      const answer = await httpGet(tidegate.httpPort, '/blocked')
      return Date.parse(String(answer.headers.date))
    }
    const rays: string[] = []
    for (const [i, offsetSeconds] of [0, HOUR, -HOUR, 0].entries()) {
      await clock.jump(offsetSeconds, edgeNow)
      for (let k = 0; k < 5; k++) {
        const answer = await httpGet(tidegate.httpPort, `/step/${i}/${k}`)
        assert.equal(answer.status, 200)
        rays.push(String(answer.headers['tidegate-ray']))
      }
      const before = await policyVersion(tidegate)
      writeFileSync(`${home}/policy/edge.yaml`, rule(`r${i + 1}`))
      assert.equal((await tidegate.api('/api/v1/policy/reload', { method: 'POST' })).status, 200)
      assert.notEqual(await policyVersion(tidegate), before)
      assert.equal((await httpGet(tidegate.httpPort, '/blocked')).status, 403)
    }
    assert.deepEqual(rays.toSorted(), rays, 'rays of a worker never go back')
    assert.equal(new Set(rays).size, rays.length)
    for (const ray of rays) {
      const event = await tidegate.event(ray)
      for (const field of ['http.response.duration', 'origin.connect.duration', 'origin.first_byte.duration']) {
        const duration = Number(event.facts[field] ?? 0)
        assert.ok(duration >= 0 && duration < HOUR * 1000, `${field} is ${duration}`)
      }
    }
    const listed = await tidegate.events('starts_with(http.request.uri.path, "/step/")', 1)
    assert.ok(
      listed.some(({ ray }) => ray === rays.at(-1)),
      'what just happened is in the last hour',
    )
  },
)
