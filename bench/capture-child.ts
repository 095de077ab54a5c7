import { FlowAnalyzer, ProtocolDissectors } from '#detect/captures'
import { Packet } from '#wire'
import { analyzeCaptureApart, readCapture } from '#workbench/captures'

/** What one analysis came to; printed as JSON for the benchmark. */
export interface CaptureFigures {
  readonly packets: number
  readonly flows: number
  readonly transactions: number
  readonly cpuSeconds: number
  readonly residentBytes: number
}

async function analyse(file: string, withNames: boolean): Promise<CaptureFigures> {
  let packets = 0
  let flows = 0
  let transactions = 0
  const before = process.cpuUsage()
  const dissectors = new ProtocolDissectors({ transaction: () => transactions++ }, () => analyzer.originSeconds)
  const analyzer = new FlowAnalyzer({ sink: { onFlow: () => flows++ }, ...(withNames && { dissectors }) })
  const packet = new Packet('deep')
  await readCapture(file, {
    onPacket: (captured) => {
      packets++
      packet.readCaptured(captured)
      analyzer.push(packet)
    },
  })
  analyzer.end()
  dissectors.end()
  const { user, system } = process.cpuUsage(before)
  const residentBytes = process.resourceUsage().maxRSS * 1024
  return { packets, flows, transactions, cpuSeconds: (user + system) / 1e6, residentBytes }
}

/** What `tidegate capture analyze` does. */
async function analyseWithFindings(file: string): Promise<CaptureFigures> {
  const before = process.cpuUsage()
  const { packets, flows } = await analyzeCaptureApart(file)
  const { user, system } = process.cpuUsage(before)
  const residentBytes = process.resourceUsage().maxRSS * 1024
  return { packets, flows, transactions: 0, cpuSeconds: (user + system) / 1e6, residentBytes }
}

/** Analyses a capture, after some rounds of a small one; the depth is "names", "flows" or "findings". */
const [warmUp, rounds, file, depth] = process.argv.slice(2)
for (let round = 0; round < Number(rounds); round++) await analyse(warmUp, depth === 'names')
const figures = depth === 'findings' ? await analyseWithFindings(file) : await analyse(file, depth === 'names')
process.stdout.write(JSON.stringify(figures))
