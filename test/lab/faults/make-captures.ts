import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Certificates } from './certificates.ts'
import { Dice } from './dice.ts'
import { type CapturePoint, FaultNetwork } from './fault-network.ts'
import type { Lab, Scenario } from './scenario.ts'

const POINTS: readonly CapturePoint[] = ['client', 'server', 'router']
const LABS_AT_ONCE = 5

/** A capture that was made, and what an analysis of it should find. */
export interface MadeCapture {
  readonly name: string
  readonly file: string
  readonly point: CapturePoint
  /** Any of these kinds is right; none for a clean capture. */
  readonly expects: readonly string[]
  /** Why it could not be made. */
  readonly failure: string | undefined
}

/** Makes the captures of the scenarios in `folder`, a few at a time. Seeds choose addresses, places and strengths. */
export async function makeCaptures(
  scenarios: readonly Scenario[],
  folder: string,
  seed: number,
  onMade: (made: MadeCapture) => void = () => {},
): Promise<MadeCapture[]> {
  const own = path.join(folder, 'certificates')
  mkdirSync(own, { recursive: true })
  const certificates = new Certificates(own)
  const made: MadeCapture[] = []
  const waiting = [...scenarios.entries()]
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, scenario] = next
      const capture = await makeCapture(scenario, folder, certificates, new Dice(seed * 1000 + index))
      made.push(capture)
      onMade(capture)
    }
  }
  await Promise.all(Array.from({ length: LABS_AT_ONCE }, work))
  return made
}

async function makeCapture(
  scenario: Scenario,
  folder: string,
  certificates: Certificates,
  dice: Dice,
): Promise<MadeCapture> {
  const { name, expects } = scenario
  const point = dice.pick(scenario.points ?? POINTS)
  const file = path.join(folder, `${name}.pcap`)
  const own = path.join(folder, `${name}.files`)
  mkdirSync(own, { recursive: true })
  const right = 'client' in expects ? expects[point] : expects
  const network = new FaultNetwork(dice, scenario.wire?.(dice))
  try {
    network.lay()
    await play(scenario, { network, certificates, folder: own, dice, point }, file)
    return { name, file, point, expects: right, failure: undefined }
  } catch (error) {
    return { name, file, point, expects: right, failure: String(error) }
  } finally {
    await network.remove()
    rmSync(own, { recursive: true, force: true })
  }
}

async function play(scenario: Scenario, lab: Lab, file: string): Promise<void> {
  await lab.network.start()
  await scenario.prepare?.(lab)
  const stop = await lab.network.capture(lab.point, file, scenario.captureOptions)
  await scenario.make(lab)
  await stop()
  if (scenario.rewrite !== undefined) writeFileSync(file, scenario.rewrite(readFileSync(file), lab))
}
