import type { Config } from '#config'
import { BLOCK_WEIGHT, type Sample, type SecRule } from '#detect'
import { printable } from '../output/printable.ts'
import { style } from '../output/style.ts'
import { windowWidth, wrapText } from '../output/window.ts'
import { directiveText } from './directive-text.ts'
import type { KnownRule, OwnRule } from './rule-catalogue.ts'
import { requestLine } from './shown-request.ts'

/** A rule in full, and on which sites of the configuration it is in force. */
export function ruleText(known: KnownRule, config: Config | undefined): string {
  const lines = known.ruleSet === 'tidegate' ? ownRuleLines(known.rule) : secRuleLines(known.rule, known.class)
  const sites = config === undefined ? [] : ['', style('bold', 'in force'), ...forceLines(known, config)]
  return `${[...lines, ...sites].join('\n')}\n`
}

function ownRuleLines({ id, class: name, sensitivity, weight, when, help, examples }: OwnRule): string[] {
  return [
    `${style('yellow', id)} tidegate, class ${name}, from sensitivity ${sensitivity} on, weight ${weight} (${BLOCK_WEIGHT} of a class block)`,
    ...wrapText(printable(help), windowWidth()),
    '',
    style('bold', 'when'),
    `  ${when}`,
    ...exampleLines('matches', examples.attacks),
    ...exampleLines('does not match', examples.benign),
  ]
}

function exampleLines(title: string, samples: readonly Sample[]): string[] {
  return samples.length === 0
    ? []
    : ['', style('bold', title), ...samples.map((sample) => `  ${printable(exampleText(sample))}`)]
}

/** A bare text is the value of an argument. */
export function exampleText(sample: Sample): string {
  if (typeof sample === 'string') return sample
  const { response } = sample
  return response === undefined ? requestLine(sample) : `answer ${response.status ?? 200}: ${response.body}`
}

function secRuleLines(rule: SecRule, name: string): string[] {
  const { id, phase, metadata, place } = rule
  const { comment, text } = directiveText(rule)
  const facts = [
    `class ${name}`,
    `paranoia ${metadata.paranoia}`,
    `phase ${phase}`,
    metadata.severity,
    metadata.version,
  ]
  const paragraphs = [comment, text].filter((each) => each !== '')
  return [
    `${style('yellow', String(id))} crs, ${facts.filter((fact) => fact !== undefined).join(', ')}`,
    ...(metadata.message === '' ? [] : wrapText(printable(metadata.message), windowWidth())),
    style('dim', `${place.file}:${place.line}`),
    ...paragraphs.flatMap((each) => ['', ...each.split('\n').map(printable)]),
  ]
}

const ORDER = ['off', 'low', 'medium', 'high']

function forceLines(known: KnownRule, { edge }: Config): string[] {
  return edge.sites.map(({ name, waf }) => {
    const why = whyNotInForce(known, waf)
    return `  ${name}: ${why === undefined ? style('green', `mode ${waf.mode}`) : `no, ${why}`}`
  })
}

/** Undefined when the settings of a site put a rule in force; rules of the policy can change them for some requests. */
export function whyNotInForce(known: KnownRule, waf: Config['edge']['sites'][number]['waf']): string | undefined {
  if (waf.mode === 'off') return 'the WAF is off'
  if (!waf.ruleSets.includes(known.ruleSet)) return `its rules are ${waf.ruleSets.join(', ')}`
  if (known.ruleSet === 'crs') {
    return known.rule.metadata.paranoia > waf.paranoia ? `its paranoia level is ${waf.paranoia}` : undefined
  }
  const level = waf.sensitivity[known.class]
  return ORDER.indexOf(known.rule.sensitivity) > ORDER.indexOf(level) ? `its sensitivity is ${level}` : undefined
}
