import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { loadSecRules } from '../seclang/index.ts'
import { PatternCache } from './pattern-cache.ts'
import { PersistentCollections } from './persistent-collections.ts'
import { Program } from './program.ts'

const PROFILE = { paranoia: 1, inboundThreshold: 5, outboundThreshold: 4 }

/** Ids of the rules that are left after folding, in the order of phases. */
function left(text: string): string {
  const set = loadSecRules({ before: [{ file: 'test.conf', text }] })
  const source = {
    set,
    translated: new Map(),
    patterns: new PatternCache(new Map()),
    persistent: new PersistentCollections(),
  }
  const program = new Program(source, PROFILE, undefined)
  return program.always
    .flat()
    .map(({ id }) => id)
    .join(' ')
}

const tx = (id: number, variable: string, operator: string, actions: string, phase = 1): string =>
  `SecRule ${variable} "${operator}" "id:${id},phase:${phase},nolog,pass,${actions}"\n`
const set = (id: number, setting: string, phase = 1): string =>
  `SecAction "id:${id},phase:${phase},nolog,pass,setvar:${setting}"\n`
const look = (id: number, phase = 1): string => `SecRule ARGS "@streq x" "id:${id},phase:${phase},log,pass"\n`

const CASES: readonly (readonly [rules: string, left: string, why: string])[] = [
  [set(1, 'tx.a=1') + tx(2, 'TX:a', '@eq 1', 'setvar:tx.b=%{tx.a}'), '', 'defaults are set beforehand'],
  [tx(1, '&TX:a', '@eq 0', 'setvar:tx.a=1') + tx(2, '&TX:a', '@eq 0', 'setvar:tx.a=2'), '', 'in their order'],
  [tx(1, 'TX:a', '@eq 1', 'setvar:tx.b=1') + look(2), '2', 'what never holds goes'],
  [
    set(1, 'tx.a=1') + tx(2, 'TX:a', '@lt 2', 'skipAfter:END') + look(3) + 'SecMarker END\n' + look(4),
    '4',
    'and what is skipped',
  ],
  [
    tx(1, 'TX:detection_paranoia_level', '@lt 2', 'skipAfter:END') + look(3) + 'SecMarker END\n',
    '',
    'levels above the one in force',
  ],
  [
    `SecRule TX:a "@eq 1" "id:1,phase:1,log,pass,chain"\n  SecRule ARGS "@streq x" "t:none"\n`,
    '',
    'a chain that begins with what never holds',
  ],
  [
    look(1) + set(2, 'tx.a=1') + tx(3, 'TX:a', '@eq 1', 'skipAfter:END') + look(4) + 'SecMarker END\n',
    '1',
    'rules that set nothing do not hinder',
  ],
  [
    'SecRule ARGS "@streq x" "id:1,phase:1,nolog,pass,setvar:tx.a=1"\n' + tx(2, '&TX:a', '@eq 0', 'setvar:tx.a=2'),
    '1 2',
    'what a request may have set stays open',
  ],
  [
    'SecRule ARGS "@streq x" "id:1,phase:1,nolog,pass,skipAfter:END"\n' +
      set(2, 'tx.a=1') +
      'SecMarker END\n' +
      tx(3, 'TX:a', '@eq 1', 'setvar:tx.b=1'),
    '1 2 3',
    'what a request may skip stays',
  ],
  [
    'SecRule ARGS "@streq %{tx.a}" "id:1,phase:1,log,pass"\n' + set(2, 'tx.a=1'),
    '1 2',
    'a variable that was looked at before stays as it was then',
  ],
  [
    'SecRule ARGS "@streq x" "id:1,phase:1,nolog,pass,setvar:tx.seen_%{MATCHED_VAR}=1"\n' +
      tx(2, '&TX:seen_x', '@eq 0', 'setvar:tx.n=1'),
    '1 2',
    'a name that a request makes may be any',
  ],
  [
    'SecRule ARGS "@streq x" "id:1,phase:1,nolog,pass,ctl:ruleRemoveById=2"\n' +
      tx(2, 'TX:paranoia_level', '@lt 2', 'skipAfter:END') +
      look(3) +
      'SecMarker END\n',
    '1 2 3',
    'a jump that a request may take out stays',
  ],
  [
    'SecRule ARGS "@streq x" "id:1,phase:1,nolog,pass,ctl:ruleRemoveById=2-3"\n' +
      tx(2, 'TX:paranoia_level', '@lt 2', 'skipAfter:END') +
      look(3) +
      'SecMarker END\n',
    '1',
    'unless what it jumps over is taken out with it',
  ],
  [
    set(1, 'tx.sum=0') +
      'SecRule ARGS "@streq x" "id:2,phase:1,log,pass,setvar:tx.sum=+5"\n' +
      set(3, 'tx.sum=0') +
      tx(4, 'TX:sum', '@ge 5', 'setvar:tx.high=1'),
    '2 3 4',
    'a variable that a request may have changed is set again',
  ],
  [`SecRule TX:paranoia_level "@eq 1" "id:1,phase:1,log,pass,msg:'x'"\n`, '1', 'what is told stays'],
  [`SecRule TX:paranoia_level "@eq 1" "id:1,phase:1,nolog,deny"\n`, '1', 'so does what refuses'],
]

describe('foldRules', () => {
  for (const [rules, expected, why] of CASES) it(why, () => assert.equal(left(rules), expected))
})
