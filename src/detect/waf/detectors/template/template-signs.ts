import type { DetectionConfidence } from '../detection.ts'

/** What the detector tells apart; each is a line on the reference page. */
export const TEMPLATE_FINDINGS = {
  'template-arithmetic': {
    help: 'A template expression that only calculates, such as `{{7*7}}`: a probe for template engines.',
  },
  'object-walk': { help: 'A template expression that climbs from a value to classes, globals or constructors.' },
  'runtime-call': { help: 'A template expression that runs a program, loads a class or reads a file.' },
  'engine-internal': { help: 'A template expression that names inner objects of a template engine or framework.' },
  'template-directive': { help: 'A directive of Freemarker, Velocity, Smarty or Jinja that defines or loads code.' },
} as const

export type TemplateFindingName = keyof typeof TEMPLATE_FINDINGS

interface TemplateSign {
  readonly finding: TemplateFindingName
  readonly confidence: DetectionConfidence
  /** Looked for inside one expression, after its opener. */
  readonly pattern: RegExp
}

/** Strongest first. Every pattern is a row of literals with bounded gaps: linear on the 512 bytes of an expression. */
export const TEMPLATE_SIGNS: readonly TemplateSign[] = [
  {
    finding: 'object-walk',
    confidence: 'certain',
    pattern:
      /__(?:class|mro|bases?|subclasses|globals|builtins|init|import|getattribute|getitem|dict|code)__|\|\s{0,4}attr\s{0,4}\(|constructor\s{0,4}[.[('"\]]{1,4}\s{0,4}constructor|\.constructor\s{0,4}\(\s{0,4}['"`]|\[\s{0,4}['"]constructor['"]\s{0,4}\]|\.getClass\s{0,4}\(\s{0,4}\)|class\.(?:forName|classLoader|module\.classLoader|getResource|protectionDomain)|__proto__|\[\s{0,4}['"](?:__|\\x5f|\\u005f)/i,
  },
  {
    finding: 'runtime-call',
    confidence: 'certain',
    pattern:
      /\bT\s{0,4}\(\s{0,4}(?:java|javax|org|com|sun|groovy|freemarker)\b|\bnew\s{1,4}(?:java|javax|org|com|sun)\.|java\.(?:lang|io|util|net|nio|security)\.|getRuntime\s{0,4}\(|ProcessBuilder|System\.(?:Diagnostics|Reflection|IO\.File)\.|ScriptEngineManager|freemarker\.template|utility\.Execute|\?\s{0,2}new\s{0,4}\(|\.(?:mainModule|constructor\._load)\b|child_process|\b(?:system|popen|exec|passthru|shell_exec|proc_open|phpinfo|file_get_contents|readfile|fopen|include|__import__|getenv)\s{0,4}\(\s{0,4}['"`\w)$]|\b(?:os|subprocess|commands)\.(?:system|popen\d?|run|call|check_output|getoutput)\b|\b(?:IO|Open3|Kernel|File|Dir|Process)\s{0,2}(?:\.|::)\s{0,2}(?:popen\w?|capture\w{0,3}|read|readlines|open|new|entries|glob|spawn|exec|system)|%x\s{0,2}[[({|'"]|=\s{0,4}`[^`]{1,100}`|\brequire\s{0,4}\(\s{0,4}['"`]/i,
  },
  {
    finding: 'engine-internal',
    confidence: 'certain',
    pattern:
      /_TemplateReference__|\b_self\s{0,2}\.\s{0,2}env\b|registerUndefinedFilter|\|\s{0,4}(?:map|filter|sort|reduce|find)\s{0,4}\(\s{0,4}['"](?:system|exec|passthru|shell_exec|popen|assert|call_user_func|file_put_contents|phpinfo)|\b(?:lipsum|cycler|joiner|get_flashed_messages|url_for)\s{0,2}(?:\.|\||\[)|#_?memberAccess|#context\s{0,4}[[.]|#_?(?:request|response|session|application|attr)\s{0,4}[[.=]|@ognl|com\.opensymphony|#\w{1,20}\s{0,2}=\s{0,2}[@#'("]|\$class\.inspect|lookup\s{1,4}string\.sub|^\.(?:version|template_object|server|env|const|config|get|post|cookies)\b|\.getClass\b|_memberAccess|\bsettings\.SECRET_KEY|\bconfig\.(?:items|from_\w+|SECRET_KEY|__)|\brequest\s{0,2}(?:\.|\|attr\(['"])(?:application|environ|__)|\b(?:applicationScope|pageContext|facesContext|sessionScope)\s{0,2}[.[]|beans\.|systemProperties|applicationContext/i,
  },
  {
    finding: 'engine-internal',
    confidence: 'likely',
    pattern:
      /^\s{0,4}(?:(?:config|self|request|settings|app\.request|debug|_self|this)\s{0,4}|dump\s{0,2}\(\w{0,20}\)\s{0,4}|range\.constructor.{0,20}|(?:'[^']{0,20}'|"[^"]{0,20}")\.(?:to\w{1,20}|upper|lower|format|concat|join|length|replace|substring)\(.{0,20})[}%]|^\s{0,4}session\.setAttribute\(/i,
  },
  {
    finding: 'template-directive',
    confidence: 'certain',
    pattern:
      /^\s{0,4}(?:assign\s{1,4}\w{1,20}\s{0,2}=\s{0,2}['"]?(?:freemarker|\w{1,20}\?)|\$\w{1,20}\s{0,2}=\s{0,2}(?:\$\w{1,20}|['"]{0,2})\.?(?:class|getClass)|\s{0,4}import\s{1,4}(?:os|subprocess|sys)\b|(?:include|extends|import)\s{0,4}\(?\s{0,4}['"](?:\/|\.\.\/|https?:|file:)|#?with\s{1,4}['"]\w{1,3}['"]\s{1,4}as\s|\}\s{0,4}(?:system|exec|phpinfo|echo|print)\b|\(\s{0,4}['"]\w)/i,
  },
]
