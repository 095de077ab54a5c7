import assert from 'node:assert/strict'
import test from 'node:test'
import { BpfAssembler } from './assembler.ts'
import { disassemble } from './disassemble.ts'
import { BPF_HELPER } from './kernel-function.ts'

/** One of each kind of instruction: its bytes as the kernel's headers lay them out, and its text. */
const INSTRUCTIONS: readonly (readonly [hex: string, text: string, write: (code: BpfAssembler) => void])[] = [
  ['b701000005000000', 'r1 = 5', (code) => code.mov('r1', 5)],
  ['bf21000000000000', 'r1 = r2', (code) => code.mov('r1', 'r2')],
  ['b4010000ffffffff', 'w1 = -1', (code) => code.mov32('r1', -1)],
  ['0702000040000000', 'r2 += 64', (code) => code.alu('add', 'r2', 64)],
  ['1f87000000000000', 'r7 -= r8', (code) => code.alu('sub', 'r7', 'r8')],
  ['540000003f000000', 'w0 &= 63', (code) => code.alu32('and', 'r0', 63)],
  ['7703000020000000', 'r3 >>= 32', (code) => code.alu('rsh', 'r3', 32)],
  ['8703000000000000', 'r3 = -r3', (code) => code.negate('r3')],
  ['dc03000010000000', 'r3 = be16 r3', (code) => code.swap('r3', 16)],
  ['6167000000000000', 'r7 = *(u32 *)(r6 + 0)', (code) => code.load('u32', 'r7', 'r6')],
  ['71a3f8ff00000000', 'r3 = *(u8 *)(r10 - 8)', (code) => code.load('u8', 'r3', 'r10', -8)],
  ['79730e0000000000', 'r3 = *(u64 *)(r7 + 14)', (code) => code.load('u64', 'r3', 'r7', 14)],
  ['6b3afcff00000000', '*(u16 *)(r10 - 4) = r3', (code) => code.store('u16', 'r10', -4, 'r3')],
  ['7a0af0ffffffffff', '*(u64 *)(r10 - 16) = -1', (code) => code.store('u64', 'r10', -16, -1)],
  ['db10080000000000', 'lock *(u64 *)(r0 + 8) += r1', (code) => code.atomicAdd('u64', 'r0', 8, 'r1')],
  [
    '180100000100000000000000efbeadde',
    'r1 = 0xdeadbeef00000001 ll',
    (code) => code.loadImmediate('r1', 0xdeadbeef_00000001n),
  ],
  ['18110000000000000000000000000000', 'r1 = map deny', (code) => code.loadMap('r1', 'deny')],
  ['18210000000000000000000018000000', 'r1 = map state value +24', (code) => code.loadMapValue('r1', 'state', 24)],
  ['8500000001000000', 'call mapLookup', (code) => code.call(BPF_HELPER.mapLookup)],
  ['85000000ff030000', 'call helper 1023', (code) => code.call(1023)],
]

test('every instruction has the bytes that the kernel reads, and a text', () => {
  for (const [hex, text, write] of INSTRUCTIONS) {
    const code = new BpfAssembler()
    write(code)
    const program = code.exit().build()
    assert.equal(program.bytes.toString('hex'), `${hex}9500000000000000`, text)
    assert.equal(disassemble(program).split('\n')[0], `0  ${text}`)
  }
})

test('jumps lead to their labels, forwards and backwards, by all conditions', () => {
  const code = new BpfAssembler()
  const [again, done] = [code.label('again'), code.label()]
  code.mov('r0', 3).place(again)
  code.jump('eq', 'r0', 0, done).jump32('slt', 'r0', 'r1', done).alu('sub', 'r0', 1).goto(again)
  code.place(done).exit()
  assert.equal(
    disassemble(code.build()),
    [
      '0  r0 = 3',
      'again:',
      '1  if r0 == 0 goto L5',
      '2  if w0 s< w1 goto L5',
      '3  r0 -= 1',
      '4  goto again',
      'L5:',
      '5  exit',
    ].join('\n'),
  )
})

test('functions are called by their label, and stand behind the program', () => {
  const code = new BpfAssembler()
  const twice = code.label('twice')
  code.mov('r1', 4).callFunction(twice).exit()
  code.place(twice).mov('r0', 'r1').alu('add', 'r0', 'r1').exit()
  const program = code.build()
  assert.equal(
    disassemble(program),
    ['0  r1 = 4', '1  call twice', '2  exit', 'twice:', '3  r0 = r1', '4  r0 += r1', '5  exit'].join('\n'),
  )
  assert.equal(program.bytes.subarray(8, 16).toString('hex'), '8510000001000000')
})

test('what cannot be reached is left out, and jumps over nothing', () => {
  const code = new BpfAssembler()
  const [never, next, hop, end] = [code.label(), code.label(), code.label(), code.label()]
  code.jump('eq', 'r1', 7, hop)
  code.goto(next).place(never).mov('r0', 1).loadImmediate('r2', 1n).exit()
  code.place(next).mov('r0', 2).goto(end)
  code.place(hop).goto(end)
  code.place(end).exit()
  assert.equal(disassemble(code.build()), ['0  if r1 == 7 goto L2', '1  r0 = 2', 'L2:', '2  exit'].join('\n'))
})

test('maps are named in the slot that takes their file descriptor', () => {
  const code = new BpfAssembler()
  const skipped = code.label()
  code
    .mov('r0', 0)
    .goto(skipped)
    .loadMap('r1', 'unused')
    .place(skipped)
    .loadMap('r1', 'deny')
    .loadMapValue('r2', 'state')
    .exit()
  assert.deepEqual(code.build().maps, [
    { slot: 1, map: 'deny' },
    { slot: 3, map: 'state' },
  ])
})

test('what no program can be is refused', () => {
  const cases: readonly (readonly [message: RegExp, write: (code: BpfAssembler) => void])[] = [
    [/label nowhere, which was never placed/, (code) => code.mov('r0', 0).goto(code.label('nowhere'))],
    [/runs off its end/, (code) => code.mov('r0', 0)],
    [/no signed number of 32 bits/, (code) => code.mov('r0', 0x8000_0000).exit()],
    [
      /placed twice/,
      (code) => {
        const label = code.label('twice')
        code.place(label).mov('r0', 0).place(label)
      },
    ],
  ]
  for (const [message, write] of cases) {
    assert.throws(() => {
      const code = new BpfAssembler()
      write(code)
      code.build()
    }, message)
  }
})

test('a label that nothing jumps to needs no place', () => {
  const code = new BpfAssembler()
  code.label('unused')
  assert.equal(code.mov('r0', 0).exit().build().bytes.length, 16)
})

test('a jump beyond 16 bits is written long, or refused when it has a condition', () => {
  const far = (jump: (code: BpfAssembler, end: number) => void): BpfAssembler => {
    const code = new BpfAssembler()
    const [end, middle] = [code.label(), code.label()]
    code.mov('r0', 0).jump('eq', 'r0', 0, middle)
    jump(code, end)
    code.place(middle)
    for (let i = 0; i < 40_000; i++) code.alu('add', 'r0', 1)
    return code.place(end).exit()
  }
  const long = far((code, end) => code.goto(end)).build()
  assert.equal(long.bytes.subarray(16, 24).toString('hex'), '06000000409c0000')
  assert.match(disassemble(long).split('\n')[2], /goto L40003/)
  assert.throws(
    () => far((code, end) => code.jump('eq', 'r0', 1, end).goto(end)).build(),
    /a jump over 4000\d instructions/,
  )
})
