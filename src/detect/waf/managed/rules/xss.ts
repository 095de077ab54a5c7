import type { ManagedRule } from '../managed-rule.ts'

/** Cross-site scripting, by the tokenising detector. */
export const XSS_RULES: readonly ManagedRule[] = [
  {
    id: 'xss-script',
    class: 'xss',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.xss in {"script-element" "script-breakout" "embedded-document"} and waf.value.xss.confidence eq "certain"',
    help: 'A script element, a document inside an attribute, or the end of a string of a script with a call after it.',
    examples: {
      attacks: ['<script>alert(1)</script>', "';alert(1)//", '<iframe srcdoc="<script>alert(1)</script>">'],
      benign: ['a < b and c > d', 'the script of the film', 'if (x<y) then z>1'],
    },
  },
  {
    id: 'xss-handler',
    class: 'xss',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.xss in {"event-handler" "attribute-breakout"} and waf.value.xss.confidence eq "certain"',
    help: 'An event handler on an element, or behind a quote that closes an attribute.',
    examples: {
      attacks: ['<img src=x onerror=alert(1)>', '" onfocus="alert(1)" autofocus x="', '<svg/onload=alert(1)>'],
      benign: ['<b>bold</b>', 'on click = buy', 'onboarding="yes"'],
    },
  },
  {
    id: 'xss-url',
    class: 'xss',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.xss in {"script-url" "script-url-value" "page-redirect"} and waf.value.xss.confidence eq "certain"',
    help: 'A URL that runs script when it is opened, or markup that takes the visitor elsewhere at once.',
    examples: {
      attacks: [
        '<a href="java&Tab;script:alert(1)">x</a>',
        'javascript:alert(1)',
        '<meta http-equiv=refresh content="0;url=//evil.test">',
      ],
      benign: ['JavaScript: the good parts', '<a href="https://example.com/">x</a>'],
    },
  },
  {
    id: 'xss-style',
    class: 'xss',
    sensitivity: 'low',
    weight: 5,
    when: 'waf.value.xss eq "script-style" and waf.value.xss.confidence eq "certain"',
    help: 'Style that runs script in old browsers.',
    examples: {
      attacks: ['<div style="width:expression(alert(1))">', '<div style="behavior:url(x.htc)">'],
      benign: ['<p style="color:red">x</p>', 'facial expression (happy)'],
    },
  },
  {
    id: 'xss-likely',
    class: 'xss',
    sensitivity: 'medium',
    weight: 5,
    when: 'waf.value.xss.confidence eq "likely" and not waf.value.xss eq "foreign-content"',
    help: 'Markup or script that is legitimate only in texts about web pages.',
    examples: {
      attacks: ['x onmouseover=alert(1)', '<base href=//evil.test/>', "';alert(1)", '<x onfoo=a()>'],
      benign: ['<p>hello</p>', 'price <strong>5</strong>', 'base of the lamp'],
    },
  },
  {
    id: 'xss-foreign-content',
    class: 'xss',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.xss eq "foreign-content" and not waf.value matches r#"(?i)<iframe[^>]{0,200}\ssrc\s?=\s?["'](?:https:)?//(?:www\.)?(?:youtube(?:-nocookie)?\.com/embed|player\.vimeo\.com|www\.google\.com/maps|maps\.google\.|open\.spotify\.com|w\.soundcloud\.com|www\.openstreetmap\.org|codepen\.io|www\.facebook\.com/plugins|www\.dailymotion\.com|player\.twitch\.tv)"#`,
    help: 'A frame or object with content from elsewhere; videos and maps of the usual services are left out.',
    examples: {
      attacks: ['<iframe src=//evil.test/></iframe>', '<object data="//evil.test/x.swf"></object>'],
      benign: ['<iframe width="560" src="https://www.youtube.com/embed/abc"></iframe>', 'an object of desire'],
    },
  },
  {
    id: 'xss-other-encoding',
    class: 'xss',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"\+ADw-?/?[a-zA-Z]{1,12}.{0,80}\+AD4-?|(?:^|[^\xc2-\xdf])\xbc/?(?:script|img|svg|iframe|body|a|div|test)[^\xbc\xbe]{0,80}\xbe"`,
    help: 'Markup in UTF-7 or US-ASCII with the eighth bit set, which some browsers read as tags.',
    examples: {
      attacks: ['+ADw-script+AD4-alert(1)+ADw-/script+AD4-', '\xbcscript\xbealert(1)\xbc/script\xbe'],
      benign: ['a+b', '\xc2\xbc inch'],
    },
  },
  {
    id: 'xss-hidden-call',
    class: 'xss',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value matches r"(?:!\[\]|\+\[\]|\[\]\[)[\[\]()!+{}]{10}" or waf.value matches r#"\[[^\]]{0,20}\]\s?\.\s?(?:sort|map|find|filter|every|some|forEach|reduce|constructor)\s?\.\s?(?:call|apply|bind)\s?\x60|\b(?:self|window|top|parent|frames|globalThis|document|this)\s?(?:/\*[^*]{0,40}\*/\s?)?\[\s?(?:/\*[^*]{0,40}\*/\s?)?["'\x60](?:alert|eval|document|cookie|location|Function|constructor|atob|setTimeout|\\x|\$)|\balert\s?\x60|\bString\.fromCharCode\s?\(\s?(?:[0-9]{1,3}\s?,\s?){3}"#`,
    help: 'JavaScript that hides which function it calls.',
    examples: {
      attacks: [
        '[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]]',
        'self["alert"](1)',
        '[].map.call`${eval}x`',
        'String.fromCharCode(97,108,101,114,116)',
      ],
      benign: ['window["open"]', '[ ] done', 'self-service'],
    },
  },
  {
    id: 'xss-dom-access',
    class: 'xss',
    sensitivity: 'medium',
    weight: 5,
    when: String.raw`waf.value.source in {"query" "cookie" "header" "name"} and waf.value matches r#"(?i)\bdocument\s?(?:/\*[^*]{0,40}\*/)?\s{0,4}\.(?:\s{0,4}/\*[^*]{0,40}\*/\s?)?(?:cookie|domain|write(?:ln)?\s?\(|location|body\.appendchild)\b|\(?\bdocument\)?\s?\[["'\x60]|\bwindow\s?\.\s?(?:location\s?=|name\s?=|open\s?\()|\b(?:local|session)storage\s?\.\s?getitem\s?\(|\.(?:inner|outer)html\s?=|\blocation\s?=\s?["'\x60]javascript"#`,
    help: 'Script that reads cookies or changes the page, in an address, cookie or header, where no text about scripts stands.',
    examples: {
      attacks: ['alert(document.cookie)', 'x=document.domain', 'document.write(1)'],
      benign: ['my document. Cookie recipes', 'window open'],
    },
  },
  {
    id: 'xss-weak',
    class: 'xss',
    sensitivity: 'high',
    weight: 3,
    when: 'waf.value.xss.confidence eq "weak"',
    help: 'Markup that can run script in some form; for parameters where none is expected.',
    examples: { attacks: ['<svg>', '<form action=x>'], benign: ['hello world', '<p>x</p>'] },
  },
]
