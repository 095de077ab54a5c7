import { Command } from 'commander'
import { VERSION } from '#kernel'
import { captureAnalyzeCommand } from './commands/capture-analyze.ts'
import { captureCompareCommand } from './commands/capture-compare.ts'
import { captureFilterCommand } from './commands/capture-filter.ts'
import { captureFlagsCommand } from './commands/capture-flags.ts'
import { captureFlowsCommand } from './commands/capture-flows.ts'
import { checkCommand } from './commands/check.ts'
import { compareCommand } from './commands/compare.ts'
import { completionCommand } from './commands/completion.ts'
import { eventExplainCommand } from './commands/event-explain.ts'
import { eventListCommand } from './commands/event-list.ts'
import { eventShowCommand } from './commands/event-show.ts'
import { eventSystemCommand } from './commands/event-system.ts'
import { eventTopCommand } from './commands/event-top.ts'
import { firewallConfirmCommand } from './commands/firewall-confirm.ts'
import { firewallMitigationCommand } from './commands/firewall-mitigation.ts'
import { firewallMitigationsCommand } from './commands/firewall-mitigations.ts'
import { firewallOffCommand } from './commands/firewall-off.ts'
import { firewallPinCommand } from './commands/firewall-pin.ts'
import { firewallPromoteCommand } from './commands/firewall-promote.ts'
import { firewallVetoCommand } from './commands/firewall-veto.ts'
import { initCommand } from './commands/init.ts'
import { packetCaptureCommand } from './commands/packet-capture.ts'
import { packetRulesCommand } from './commands/packet-rules.ts'
import { packetTopCommand } from './commands/packet-top.ts'
import { packetTraceCommand } from './commands/packet-trace.ts'
import { replayCommand } from './commands/replay.ts'
import { reloadCommand } from './commands/reload.ts'
import { ruleCompileCommand } from './commands/rule-compile.ts'
import { ruleExplainCommand } from './commands/rule-explain.ts'
import { ruleFieldsCommand } from './commands/rule-fields.ts'
import { ruleEffectCommand } from './commands/rule-effect.ts'
import { rulePromoteCommand } from './commands/rule-promote.ts'
import { ruleStageCommand } from './commands/rule-stage.ts'
import { ruleTestCommand } from './commands/rule-test.ts'
import { ruleWithdrawCommand } from './commands/rule-withdraw.ts'
import { traceHttpCommand } from './commands/trace-http.ts'
import { upCommand } from './commands/up.ts'
import { versionCommand } from './commands/version.ts'
import { wafDecryptCommand } from './commands/waf-decrypt.ts'
import { wafPromoteCommand } from './commands/waf-promote.ts'
import { wafRollbackCommand } from './commands/waf-rollback.ts'
import { wafRuleCommand } from './commands/waf-rule.ts'
import { wafRulesCommand } from './commands/waf-rules.ts'
import { wafStatusCommand } from './commands/waf-status.ts'
import { wafSuggestExceptionCommand } from './commands/waf-suggest-exception.ts'
import { wafTestCommand } from './commands/waf-test.ts'
import { wafUpdateCommand } from './commands/waf-update.ts'

/** What `tidegate <noun> <verb>` offers, in the order of the help. A new command is a file and a line here. */
const NOUNS = [
  {
    name: 'rule',
    help: 'try, translate and explain expressions of the rules language, and bring rules into force step by step',
    verbs: [
      ruleTestCommand,
      ruleCompileCommand,
      ruleExplainCommand,
      ruleFieldsCommand,
      ruleStageCommand,
      rulePromoteCommand,
      ruleEffectCommand,
      ruleWithdrawCommand,
    ],
  },
  {
    name: 'event',
    help: 'ask the log of the running server',
    verbs: [eventListCommand, eventShowCommand, eventExplainCommand, eventTopCommand, eventSystemCommand],
  },
  {
    name: 'waf',
    help: 'look into and maintain the web application firewall',
    verbs: [
      wafTestCommand,
      wafRulesCommand,
      wafRuleCommand,
      wafSuggestExceptionCommand,
      wafUpdateCommand,
      wafStatusCommand,
      wafPromoteCommand,
      wafRollbackCommand,
      wafDecryptCommand,
    ],
  },
  {
    name: 'packet',
    help: 'look into the packet filter',
    verbs: [packetTraceCommand, packetRulesCommand, packetTopCommand, packetCaptureCommand],
  },
  {
    name: 'firewall',
    help: 'keep or take off packet rules, and those against floods',
    verbs: [
      firewallMitigationsCommand,
      firewallMitigationCommand,
      firewallVetoCommand,
      firewallPinCommand,
      firewallPromoteCommand,
      firewallConfirmCommand,
      firewallOffCommand,
    ],
  },
  {
    name: 'capture',
    help: 'look into capture files',
    verbs: [
      captureAnalyzeCommand,
      captureCompareCommand,
      captureFilterCommand,
      captureFlagsCommand,
      captureFlowsCommand,
    ],
  },
  { name: 'trace', help: 'explain what would happen to a request that was never sent', verbs: [traceHttpCommand] },
] as const

const EXITS = `
Exit codes: 0 done; 1 not found, or a negative answer; 2 wrong usage, configuration or environment; 3 server not reachable.
Environment: TIDEGATE_TOKEN token for the server; TIDEGATE_DEBUG=1 prints where an error came from; NO_COLOR=1 no colours.`

/** The whole command line, built anew for each call. */
export function buildProgram(): Command {
  const program = new Command('tidegate')
    .description('Tidegate, the connectivity-and-security edge.')
    .version(VERSION, '-V, --version', 'print the version')
    .addHelpText('after', EXITS)
    .exitOverride()
    .showSuggestionAfterError()
  const alone = [upCommand, checkCommand, initCommand, reloadCommand, compareCommand, replayCommand]
  for (const build of alone) add(program, build())
  for (const noun of NOUNS) {
    const group = new Command(noun.name).description(noun.help)
    // First, so that the verbs inherit what the program set.
    add(program, group)
    for (const build of noun.verbs) add(group, build())
  }
  add(
    program,
    completionCommand(() => program),
  )
  add(program, versionCommand())
  return program
}

function add(parent: Command, child: Command): void {
  inherit(parent, child)
  parent.addCommand(child)
}

/** Also for commands below a verb. */
function inherit(parent: Command, child: Command): void {
  child.copyInheritedSettings(parent)
  for (const grandchild of child.commands) inherit(child, grandchild)
}
