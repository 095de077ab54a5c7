import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { Certificates } from './certificates.ts'
import { Dice } from './dice.ts'
import { type CapturePoint, FaultNetwork } from './fault-network.ts'
import type { Lab, Scenario } from './scenario.ts'

const POINTS: readonly CapturePoint[] = ['client', 'server', 'router']
const LABS_AT_ONCE = 5
/** A busy machine may keep the capturing program from its work. */
const ATTEMPTS = 3

/** A capture that was made, and what an analysis of it should find. */
export interface MadeCapture {
  readonly name: string
  readonly file: string
  readonly point: CapturePoint
  /** Any of these kinds is right; none for a clean capture. */
  readonly expects: readonly string[]
  /** Why it could not be made. */
  readonly failure: string | undefined
  /** By the count of the capturing program itself. */
  readonly lostPackets: number
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
      const capture = await makeWhole(scenario, folder, certificates, seed * 1000 + index)
      made.push(capture)
      onMade(capture)
    }
  }
  await Promise.all(Array.from({ length: LABS_AT_ONCE }, work))
  return made
}

/** Makes a capture again when packets of it were lost. */
async function makeWhole(
  scenario: Scenario,
  folder: string,
  certificates: Certificates,
  seed: number,
): Promise<MadeCapture> {
  for (let attempt = 1; ; attempt++) {
    const made = await makeCapture(scenario, folder, certificates, new Dice(seed))
    if (made.lostPackets === 0 || attempt === ATTEMPTS) return made
  }
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
    const lostPackets = await play(scenario, { network, certificates, folder: own, dice, point }, file)
    return { name, file, point, expects: right, failure: undefined, lostPackets }
  } catch (error) {
    return { name, file, point, expects: right, failure: String(error), lostPackets: 0 }
  } finally {
    await network.remove()
    rmSync(own, { recursive: true, force: true })
  }
}

async function play(scenario: Scenario, lab: Lab, file: string): Promise<number> {
  await lab.network.start()
  await scenario.prepare?.(lab)
  const stop = await lab.network.capture(lab.point, file, scenario.captureOptions)
  await scenario.make(lab)
  const lostPackets = await stop()
  if (scenario.rewrite !== undefined) writeFileSync(file, scenario.rewrite(readFileSync(file), lab))
  return lostPackets
}
