import assert from 'node:assert/strict'
import test from 'node:test'
import { problemsOf, readText } from './testing/read-text.ts'

const rule = (variables: string, operator: string, actions = 'id:1'): string =>
  `SecRule ${variables} "${operator}" "${actions}"`

const REFUSED: readonly (readonly [text: string, expected: string])[] = [
  ['SecRuleEngin On', '1:1 unknown directive SecRuleEngin; did you mean SecRuleEngine?'],
  ['SecRuleEngine Maybe', '1:15 SecRuleEngine expects On or Off or DetectionOnly, found Maybe'],
  ['SecRequestBodyLimit 1MB', '1:21 SecRequestBodyLimit expects a number, found 1MB'],
  ['SecArgumentSeparator', '1:1 SecArgumentSeparator expects one character, found nothing'],
  [
    'SecRuleScript a.lua "id:1"',
    '1:1 SecRuleScript is not supported: rules in other languages are not run; write a policy rule instead',
  ],
  ['<IfModule mod_x.c>', '1:1 <IfModule: sections of Apache are not read; take it out'],
  ['SecRule ARGS', '1:1 expected SecRule VARIABLES "OPERATOR" "ACTIONS", found one argument; put quotes around each'],
  [rule('ARGZ', 'x'), '1:9 unknown variable ARGZ; did you mean ARGS?'],
  [rule('ARGS|', 'x') + '\n' + rule('ARGS||TX', 'x', 'id:2'), '2:14 expected the name of a variable'],
  [rule('REQUEST_METHOD:a', 'x'), '1:23 REQUEST_METHOD is one value: it has no parts to select by a colon'],
  [rule('ARGS:/a', 'x'), '1:14 expected the pattern /a to end with its second /'],
  [rule('ARGS:/(/', 'x'), ''],
  [rule('!ARGS:a', 'x'), '1:9 expected a variable to look at: exclusions alone leave nothing'],
  [rule('XML://div', 'x'), '1:13 XML://div is not supported: only XML:/* (all text) and XML://@* (each attribute) are'],
  [
    rule('WEBSERVER_ERROR_LOG', 'x'),
    '1:9 the variable WEBSERVER_ERROR_LOG is not supported: there is no error log of a web server to read',
  ],
  [rule('ARGS', '@detectSQL'), '1:15 unknown operator @detectSQL; did you mean detectSQLi?'],
  [
    rule('FILES_TMPNAMES', '@inspectFile a.lua'),
    '1:25 @inspectFile is not supported: a program started for each request holds up all others; scan uploads beside the request instead',
  ],
  [rule('ARGS', '@gt many'), '1:19 expected a number to compare with, found many'],
  [rule('ARGS', '@validateByteRange 1-300'), '1:34 expected bytes and ranges such as 9,10,13,32-126, found 1-300'],
  [rule('ARGS', '@ipMatch 10.0.0.0/33'), '1:24 expected an IP address or network, found 10.0.0.0/33'],
  [rule('ARGS', '@pm '), '1:19 expected words to look for'],
  [rule('ARGS', 'x', 'id:1,denny'), '1:24 unknown action denny; did you mean deny?'],
  [
    rule('ARGS', 'x', 'id:1,exec:/bin/x'),
    '1:24 exec is not supported: no program is started for a request; read the events instead',
  ],
  [rule('ARGS', 'x', 'id:1,t:lowercas'), '1:26 unknown transformation lowercas; did you mean lowercase?'],
  [
    rule('ARGS', 'x', 'id:1,ctl:ruleRemoveByld=3'),
    '1:28 unknown option ctl:ruleRemoveByld; did you mean ruleRemoveById?',
  ],
  [
    rule('ARGS', 'x', 'id:1,ctl:hashEngine=On'),
    '1:28 ctl:hashEngine is not supported: links in answers are not signed here; take the action out',
  ],
  [
    rule('ARGS', 'x', 'id:1,ctl:requestBodyProcessor=YAML'),
    '1:28 expected URLENCODED, MULTIPART, JSON or XML behind ctl:requestBodyProcessor=, found YAML',
  ],
  [rule('ARGS', 'x', 'id:1,ctl:ruleRemoveTargetById=5;ARGZ:a'), '1:51 unknown variable ARGZ; did you mean ARGS?'],
  [rule('ARGS', 'x', 'id:abc'), '1:22 expected a number above 0 as id, found abc'],
  [rule('ARGS', 'x', 'phase:2'), '1:1 a rule needs an id: add the action id:NUMBER, with a number of its own'],
  [rule('ARGS', 'x', 'id:1,phase:6'), '1:30 expected phase 1 to 5, request, response or logging, found 6'],
  [
    rule('ARGS', 'x', 'id:1,severity:loud'),
    '1:33 expected 0 to 7 or one of EMERGENCY, ALERT, CRITICAL, ERROR, WARNING, NOTICE, INFO, DEBUG, found loud',
  ],
  [
    rule('ARGS', 'x', 'id:1,setvar:args.x=1'),
    '1:31 ARGS cannot be written: expected GLOBAL, IP, RESOURCE, SESSION, USER, TX',
  ],
  [rule('ARGS', 'x', 'id:1,deny:403'), '1:29 deny takes no value, found 403'],
  [rule('ARGS', 'x', 'id:1,msg'), '1:24 msg needs a value, as in msg:...'],
  [rule('ARGS', 'x', "id:1,msg:'a'b"), '1:28 the quoted value of msg does not end with its quote'],
  [rule('ARGS', 'x', 'id:1,skipAfter:NOWHERE'), '1:24 there is no SecMarker NOWHERE to skip to'],
  [`${rule('ARGS', 'x')}\n${rule('TX', 'y')}`, '2:1 rule id 1 is already taken at t.conf:1; give each rule its own'],
  [rule('ARGS', 'x', 'id:1,chain'), '1:1 expected another SecRule for the chain of rule 1, found the end of the file'],
  [
    `${rule('ARGS', 'x', 'id:1,chain')}\nSecMarker A`,
    '1:1 expected another SecRule for the chain of rule 1, found SecMarker',
  ],
  [
    `${rule('ARGS', 'x', 'id:1,chain')}\n${rule('TX', 'y', 'deny')}`,
    '2:17 deny cannot stand here: what happens is said by the first rule of a chain',
  ],
  [
    `${rule('ARGS', 'x', 'id:1,chain')}\n${rule('TX', 'y', 'id:2')}`,
    '2:17 a chained rule has no id of its own; take it out',
  ],
  ['SecDefaultAction "phase:2"', '1:1 default actions need one of pass, deny, drop, redirect or allow'],
  ['SecDefaultAction "deny"', '1:1 default actions need a phase: add phase:1 to phase:5'],
  [
    'SecDefaultAction "phase:1,block"',
    '1:27 block means the default action, and this is it: write deny, drop, redirect or pass',
  ],
  ['SecRuleRemoveById all', '1:19 expected rule ids and ranges such as 942100 or 1000-1999, found all'],
  ['SecRuleUpdateActionById 1 "id:2"', '1:28 id of a rule cannot be changed'],
  ['Include nowhere.conf', ''],
  [
    `SecRule ARGS "x" "id:1,\\\n#t:none,\\\ndeny"`,
    '2:1 a comment cannot stand within the actions of a rule; take the line out',
  ],
]

test('what is unknown or wrong is refused by name and place, with what to do', () => {
  for (const [text, expected] of REFUSED) {
    const problems = problemsOf(text)
    if (expected === '') assert.equal(problems.length, 1, text)
    else assert.deepEqual(problems, [expected], text)
  }
})

test('all problems of a file are told at once, in their order', () => {
  const problems = problemsOf(`SecFoo 1
SecRule ARGS|NOPE "@nope x" "id:1,nope,t:nope"
SecAction "nope:1"`)
  assert.deepEqual(
    problems.map((problem) => problem.slice(0, problem.indexOf(';') < 0 ? undefined : problem.indexOf(';'))),
    [
      '1:1 unknown directive SecFoo',
      '2:14 unknown variable NOPE',
      '2:20 unknown operator @nope',
      '2:35 unknown action nope',
      '2:42 unknown transformation nope',
      '3:12 unknown action nope',
      '3:1 a rule needs an id: add the action id:NUMBER, with a number of its own',
    ],
  )
})

test('what the user accepts is left out with a warning, and takes its rule along', () => {
  const accept = ['SecFoo', '@inspectFile', 'exec', 'WEBSERVER_ERROR_LOG', 'ctl:hashEngine']
  const { items, warnings } = readText(
    `SecFoo 1
SecRule FILES_TMPNAMES "@inspectFile a.lua" "id:1,deny"
SecRule ARGS|WEBSERVER_ERROR_LOG "x" "id:2,exec:/bin/x,ctl:hashEngine=On,deny"
SecRule WEBSERVER_ERROR_LOG "x" "id:3"`,
    accept,
  )
  assert.deepEqual(
    items.map(
      (item) => item.type === 'rule' && [item.id, item.links[0].variables.length, item.links[0].actions.length],
    ),
    [[2, 1, 0]],
  )
  assert.deepEqual(
    warnings.map(({ place, message }) => `${place.line} ${message}`),
    [
      '1 SecFoo is left out, as configured',
      '2 @inspectFile is left out, as configured',
      '3 WEBSERVER_ERROR_LOG is left out, as configured',
      '3 exec is left out, as configured',
      '3 ctl:hashEngine is left out, as configured',
      '4 WEBSERVER_ERROR_LOG is left out, as configured',
    ],
  )
})
