import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applyNft, enterOwnNetwork, loadProgram, XdpLink } from '#net'
import { BpfAssembler, XDP } from '#wire'
import { makeCable } from '../../net/bpf/testing/own-network.ts'
import { changeSetting } from './kernel-settings.ts'
import { restoreLeftSettingsWithoutFirewall } from './left-settings.ts'
import { PROGRAM_NAMES } from './program/layout.ts'

const skip = process.getuid?.() === 0 ? false : 'needs root'
const SETTING = 'net/ipv4/tcp_syncookies'

test('without a firewall settings go back, as long as no rules are kept that may need them', { skip }, () => {
  enterOwnNetwork()
  assert.deepEqual(restoreLeftSettingsWithoutFirewall(), [])
  changeSetting(SETTING, '2')
  applyNft('table inet tidegate { chain kept { }; }')
  assert.deepEqual(restoreLeftSettingsWithoutFirewall(), [])
  applyNft('delete table inet tidegate')
  const [index] = makeCable('left0', 'left1')
  const pass = loadProgram(new BpfAssembler().mov('r0', XDP.pass).exit().build(), new Map(), PROGRAM_NAMES.in)
  const link = XdpLink.attach(pass, index, 'native')
  assert.deepEqual(restoreLeftSettingsWithoutFirewall(), [])
  link.close()
  pass.close()
  applyNft('table inet tidegate { set lease { type iface_index; flags timeout; }; }')
  assert.deepEqual(restoreLeftSettingsWithoutFirewall(), [SETTING])
  assert.deepEqual(restoreLeftSettingsWithoutFirewall(), [])
})
