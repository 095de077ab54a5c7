import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import test from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BPF_HELPER, BpfAssembler, type BpfProgram, XDP } from '#wire'
import { BpfMap } from './map.ts'
import { LoadedProgram, loadProgram } from './program.ts'
import { RingBuffer } from './ring-buffer.ts'
import { receiveFrames, TestRun } from './test-run.ts'
import { enterOwnNetwork, makeCable } from './testing/own-network.ts'
import { detachLink } from './program-link.ts'
import { listXdpLinks, XdpLink } from './xdp-link.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const FRAME = Buffer.alloc(64, 5)
const NO_MAPS = new Map<string, BpfMap>()

if (skip === false) enterOwnNetwork()

function returning(verdict: number): BpfProgram {
  return new BpfAssembler().mov('r0', verdict).exit().build()
}

/** Counts frames in an array, and puts the first eight bytes of each into a ring buffer. */
function recorder(): BpfProgram {
  const code = new BpfAssembler()
  const [done, short] = [code.label('done'), code.label()]
  code.load('u32', 'r7', 'r1').load('u32', 'r8', 'r1', 4).mov('r1', 'r7').alu('add', 'r1', 8)
  code.jump('gt', 'r1', 'r8', short).load('u64', 'r9', 'r7')
  code.loadMapValue('r1', 'count').mov('r2', 1).atomicAdd('u64', 'r1', 0, 'r2')
  code.loadMap('r1', 'samples').mov('r2', 16).mov('r3', 0).call(BPF_HELPER.ringBufferReserve).jump('eq', 'r0', 0, done)
  code
    .store('u64', 'r0', 0, 'r9')
    .store('u64', 'r0', 8, 7)
    .mov('r1', 'r0')
    .mov('r2', 1)
    .call(BPF_HELPER.ringBufferSubmit)
  return code.place(done).place(short).mov('r0', XDP.pass).exit().build()
}

function recorderMaps(): Map<string, BpfMap> {
  return new Map([
    ['count', BpfMap.create({ name: 'count', kind: 'array', keyBytes: 4, valueBytes: 8, entries: 1, mappable: true })],
    ['samples', BpfMap.create({ name: 'samples', kind: 'ringBuffer', keyBytes: 0, valueBytes: 0, entries: 4096 })],
  ])
}

test('a program runs on frames that are given to it', { skip }, () => {
  const code = new BpfAssembler()
  const short = code.label()
  code.load('u32', 'r7', 'r1').load('u32', 'r8', 'r1', 4).mov('r2', 'r7').alu('add', 'r2', 14).mov('r0', 0)
  code.jump('gt', 'r2', 'r8', short).load('u8', 'r0', 'r7', 3).store('u8', 'r7', 0, 9).place(short).exit()
  const program = loadProgram(code.build(), NO_MAPS, 'first')
  assert.equal(new TestRun(program).run(FRAME), 5)
  const changed = new TestRun(program).transform(FRAME)
  assert.deepEqual([changed.result, changed.frame[0], changed.frame.length, FRAME[0]], [5, 9, 64, 5])
  assert.ok(program.id > 0 && program.memoryBytes > 0 && program.verifiedInstructions > 5)
  assert.throws(() => new TestRun(program).run(Buffer.alloc(5)), /cannot run the program first on 5 bytes: EINVAL/)
  program.close()
})

test('what the verifier has against a program is in the error', { skip }, () => {
  const code = new BpfAssembler()
  code.load('u32', 'r7', 'r1').load('u8', 'r0', 'r7', 100).exit()
  assert.throws(
    () => loadProgram(code.build(), NO_MAPS, 'careless'),
    (error: Error & { code?: string }) => {
      assert.equal(error.code, 'ERR_BPF_FAILED')
      assert.match(error.message, /does not take the program careless: EACCES/)
      assert.match(error.message, /invalid access to packet/)
      assert.match(error.message, /the program there:\n.*\n1 {2}r0 = \*\(u8 \*\)\(r7 \+ 100\)/)
      return true
    },
  )
  const missing = new BpfAssembler().loadMap('r1', 'nowhere').mov('r0', 0).exit().build()
  assert.throws(() => loadProgram(missing, NO_MAPS, 'lost'), /names the map nowhere/)
})

test('records of a ring buffer come in order, and their place is given back', { skip }, () => {
  const maps = recorderMaps()
  const run = new TestRun(loadProgram(recorder(), maps, 'recorder'))
  const ring = new RingBuffer(maps.get('samples')!)
  const seen: number[] = []
  const visit = (record: Buffer): void => {
    assert.deepEqual([record.length, record.readUInt32LE(8)], [16, 7])
    seen.push(record.readUInt32LE(0))
  }
  for (let round = 0; round < 50; round++) {
    for (let i = 0; i < 100; i++) {
      const frame = Buffer.alloc(60)
      frame.writeUInt32LE(round * 100 + i)
      run.run(frame)
    }
    // 100 records of 24 bytes; what does not run on x86-64 sees them a call later.
    while (ring.waitingBytes > 0) ring.drain(visit, 30)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 5000 }, (_, index) => index),
  )
  assert.equal(maps.get('count')!.memory.readUInt32LE(0), 5000)
  for (let i = 0; i < 1000; i++) run.run(FRAME)
  assert.ok(ring.waitingBytes <= 4096)
  ring.close()
  assert.equal(ring.drain(visit), 0)
})

test('what the kernel was given stays reachable while the collector runs', { skip }, () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const map = BpfMap.create({ name: 'test', kind: 'hash', keyBytes: 4, valueBytes: 64, entries: 1000 })
  const key = Buffer.alloc(4)
  for (let i = 0; i < 1000; i++) {
    key.writeUInt32LE(i)
    map.update(Buffer.from(key), Buffer.alloc(64, i & 255))
    if (i % 50 === 0) collect()
  }
  const value = Buffer.alloc(64)
  for (let i = 0; i < 1000; i++) {
    key.writeUInt32LE(i)
    assert.ok(map.lookup(key, value) && value.every((byte) => byte === (i & 255)))
  }
  map.close()
})

test('programs are attached, replaced and taken off, and another is never pushed aside', { skip }, () => {
  const [near, far] = makeCable('tgk0', 'tgk1')
  const [pass, drop] = [
    loadProgram(returning(XDP.pass), NO_MAPS, 'tgk_pass'),
    loadProgram(returning(XDP.drop), NO_MAPS, 'tgk_drop'),
  ]
  const link = XdpLink.attach(pass, far, 'native')
  assert.throws(
    () => XdpLink.attach(drop, far, 'native'),
    /interface \d+ \(native XDP\): EBUSY\nthe program .*"tgk_pass"/,
  )
  assert.throws(() => XdpLink.attach(drop, 999_999, 'native'), /EINVAL|ENODEV/)
  const attached = (): string[] =>
    listXdpLinks().flatMap(({ interfaceIndex, programName }) =>
      interfaceIndex === far && programName.startsWith('tgk_') ? [programName] : [],
    )
  assert.deepEqual(attached(), ['tgk_pass'])
  link.replace(drop)
  assert.deepEqual(attached(), ['tgk_drop'])
  const [{ linkId }] = listXdpLinks().filter(({ programName }) => programName === 'tgk_drop')
  assert.equal(detachLink(linkId), true)
  assert.deepEqual(attached(), [])
  link.close()
  const generic = XdpLink.attach(pass, near, 'generic')
  generic.close()
  assert.equal(detachLink(linkId), false)
})

test('frames can be received by an interface, and go up', { skip }, () => {
  const [, far] = makeCable('tgk2', 'tgk3')
  const maps = recorderMaps()
  const link = XdpLink.attach(loadProgram(returning(XDP.pass), NO_MAPS, 'pass_all'), far, 'native')
  receiveFrames(loadProgram(recorder(), maps, 'recorder'), FRAME, far, 100)
  assert.equal(maps.get('count')!.memory.readUInt32LE(0), 100)
  link.close()
})

test('what is pinned outlives its descriptors', { skip }, () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tidegate-bpffs-'))
  execFileSync('mount', ['-t', 'bpf', 'bpf', folder])
  try {
    const spec = { name: 'kept', kind: 'hash', keyBytes: 4, valueBytes: 4, entries: 4 } as const
    const [mapPath, programPath, linkPath] = ['map', 'program', 'link'].map((name) => path.join(folder, name))
    const [, far] = makeCable('tgk4', 'tgk5')
    const map = BpfMap.create(spec)
    map.update(Buffer.from([1, 0, 0, 0]), Buffer.from([2, 0, 0, 0]))
    map.pin(mapPath)
    map.close()
    const program = loadProgram(returning(XDP.drop), NO_MAPS, 'kept')
    const link = XdpLink.attach(program, far, 'native')
    program.pin(programPath)
    link.pin(linkPath)
    program.close()
    link.close()
    const value = Buffer.alloc(4)
    const again = BpfMap.openPinned(mapPath, spec)!
    assert.ok(again.lookup(Buffer.from([1, 0, 0, 0]), value))
    again.close()
    const programAgain = LoadedProgram.openPinned(programPath, 'kept')!
    assert.equal(new TestRun(programAgain).run(FRAME), XDP.drop)
    const linkAgain = XdpLink.openPinned(linkPath)!
    linkAgain.replace(programAgain)
    assert.equal(listXdpLinks().filter(({ programName }) => programName === 'kept').length, 1)
    linkAgain.detach()
    linkAgain.close()
    programAgain.close()
    assert.equal(BpfMap.openPinned(path.join(folder, 'nothing'), spec), undefined)
    assert.throws(() => BpfMap.create(spec).pin(path.join(os.tmpdir(), 'not-bpffs')), /is bpffs mounted there/)
  } finally {
    execFileSync('umount', [folder])
    rmSync(folder, { recursive: true })
  }
})
