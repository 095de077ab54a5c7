import type { DetectionConfidence } from '../detection.ts'

interface FindingEntry {
  readonly confidence: DetectionConfidence
  /** One line for the reference page. */
  readonly help: string
  /** SecLang's `@detectXSS` matches it even when it is weak. */
  readonly operator?: true
}

/** Everything that `detectXss` can find, the most telling first. */
export const XSS_FINDINGS = {
  'script-element': {
    confidence: 'certain',
    help: 'A `<script>` element, also in a namespace (`<svg:script>`) or as end tag.',
    operator: true,
  },
  'event-handler': {
    confidence: 'certain',
    help: 'An element with an event handler: `<img src=x onerror=alert(1)>`.',
  },
  'unknown-handler': {
    confidence: 'likely',
    help: 'An element with an attribute that is named like an event handler of no known event: `<x onfoo=a()>`.',
  },
  'script-url': {
    confidence: 'certain',
    help: 'An attribute with a URL that runs: `<a href="java&Tab;script:alert(1)">`, `<iframe src="data:text/html,...">`.',
  },
  'script-url-value': {
    confidence: 'certain',
    help: 'The value itself is a URL that runs: `javascript:alert(1)`, `data:text/html;base64,...`.',
  },
  'script-url-text': {
    confidence: 'likely',
    help: 'Such a URL inside a text, as in the links of Markdown: `[x](javascript:alert(1))`.',
  },
  'embedded-document': {
    confidence: 'certain',
    help: 'A document inside an attribute: `<iframe srcdoc="...">`.',
  },
  'page-redirect': {
    confidence: 'certain',
    help: '`<meta http-equiv=refresh>`, which takes the visitor elsewhere or runs a URL.',
  },
  'page-base': {
    confidence: 'likely',
    help: '`<base href>`, which makes the page load its scripts from elsewhere.',
  },
  'foreign-content': {
    confidence: 'likely',
    help: 'An element that shows or runs foreign content: `<iframe src>`, `<object data>`, `<embed src>`.',
  },
  'script-style': {
    confidence: 'certain',
    help: 'Style that runs script in old browsers: `expression(...)`, `behavior:`, `-moz-binding`, `url(javascript:...)`.',
  },
  'attribute-breakout': {
    confidence: 'certain',
    help: 'A quote is closed and an event handler follows: `" onfocus=alert(1) autofocus x="`.',
  },
  'attribute-injection': {
    confidence: 'likely',
    help: 'An event handler without quote or element, for a place inside a tag: `x onmouseover=alert(1)`.',
  },
  'script-breakout': {
    confidence: 'certain',
    help: "A string of a script is closed and a call follows, then the rest is repaired: `';alert(1)//`.",
  },
  'script-call': {
    confidence: 'likely',
    help: "The same without repair, or a call inside a template literal: `';alert(1)`, `${alert(1)}`.",
  },
  declaration: {
    confidence: 'likely',
    help: 'A declaration of entities or of a style sheet with script: `<!ENTITY`, `<?xml-stylesheet href="javascript:...">`.',
    operator: true,
  },
  'active-element': {
    confidence: 'weak',
    help: 'An element that can run script in some form, without what makes it run: `<svg>`, `<link>`, `<style>`, `<form>`.',
    operator: true,
  },
  'script-sink': {
    confidence: 'weak',
    help: 'Names that scripts of attacks use: `document.cookie`, `String.fromCharCode(`.',
  },
} as const satisfies Readonly<Record<string, FindingEntry>>

export type XssFindingName = keyof typeof XSS_FINDINGS
