/** What the value of an engine directive must look like. */
type SettingValue =
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'number' }
  /** One text; `pattern` says which, `expected` in words. */
  | { readonly kind: 'text'; readonly pattern?: RegExp; readonly expected?: string }
  /** Words that are added to what earlier lines said. */
  | { readonly kind: 'list' }
  /** No value: the list of this directive becomes empty. */
  | { readonly kind: 'clear'; readonly list: string }
  /** Whatever the line says. */
  | { readonly kind: 'anything' }

export interface SettingDefinition {
  /** As SecLang writes it. */
  readonly name: string
  readonly value: SettingValue
  /** Why the directive changes nothing here; undefined when the engine honours it. */
  readonly meaningless?: string
  readonly refused?: string
}

const ON_OFF: SettingValue = { kind: 'word', words: ['On', 'Off'] }
const NUMBER: SettingValue = { kind: 'number' }
const TEXT: SettingValue = { kind: 'text' }
const ANYTHING: SettingValue = { kind: 'anything' }
const LIMIT_ACTION: SettingValue = { kind: 'word', words: ['Reject', 'ProcessPartial'] }

const HONOURED: readonly SettingDefinition[] = [
  { name: 'SecRuleEngine', value: { kind: 'word', words: ['On', 'Off', 'DetectionOnly'] } },
  { name: 'SecRequestBodyAccess', value: ON_OFF },
  { name: 'SecRequestBodyLimit', value: NUMBER },
  { name: 'SecRequestBodyNoFilesLimit', value: NUMBER },
  { name: 'SecRequestBodyLimitAction', value: LIMIT_ACTION },
  { name: 'SecRequestBodyJsonDepthLimit', value: NUMBER },
  { name: 'SecArgumentsLimit', value: NUMBER },
  {
    name: 'SecArgumentSeparator',
    value: { kind: 'text', pattern: /^[^]$/, expected: 'one character' },
  },
  { name: 'SecCookieFormat', value: { kind: 'word', words: ['0', '1'] } },
  { name: 'SecResponseBodyAccess', value: ON_OFF },
  { name: 'SecResponseBodyLimit', value: NUMBER },
  { name: 'SecResponseBodyLimitAction', value: LIMIT_ACTION },
  { name: 'SecResponseBodyMimeType', value: { kind: 'list' } },
  { name: 'SecResponseBodyMimeTypesClear', value: { kind: 'clear', list: 'secresponsebodymimetype' } },
  { name: 'SecUploadFileLimit', value: NUMBER },
  { name: 'SecCollectionTimeout', value: NUMBER },
  { name: 'SecWebAppId', value: TEXT },
  { name: 'SecParseXmlIntoArgs', value: { kind: 'word', words: ['On', 'Off', 'OnlyArgs'] } },
]

/** Directives that a configuration may hold because ModSecurity needs them, by the reason why they change nothing here. */
const MEANINGLESS: readonly (readonly [reason: string, names: readonly string[]])[] = [
  [
    'events hold what an audit log would; what they show is set in tidegate.yaml',
    [
      'SecAuditEngine',
      'SecAuditLog',
      'SecAuditLog2',
      'SecAuditLogDirMode',
      'SecAuditLogFileMode',
      'SecAuditLogFormat',
      'SecAuditLogParts',
      'SecAuditLogPrefix',
      'SecAuditLogRelevantStatus',
      'SecAuditLogStorageDir',
      'SecAuditLogType',
      'SecGuardianLog',
    ],
  ],
  [
    'every match is explained in its event',
    ['SecDebugLog', 'SecDebugLogLevel', 'SecRulePerfTime', 'SecSensorId', 'SecStatusEngine'],
  ],
  [
    'nothing is written to a temporary file: bodies stay in bounded memory',
    [
      'SecTmpDir',
      'SecDataDir',
      'SecUploadDir',
      'SecUploadFileMode',
      'SecUploadKeepFiles',
      'SecTmpSaveUploadedFiles',
      'SecRequestBodyInMemoryLimit',
    ],
  ],
  [
    'every pattern runs in bounded time, and a request has a budget of its own',
    ['SecPcreMatchLimit', 'SecPcreMatchLimitRecursion', 'SecRxPreFilter', 'SecCacheTransformations'],
  ],
  [
    'full-width forms of %u notation become ASCII, others their low byte',
    ['SecUnicodeMapFile', 'SecUnicodeCodePage', 'SecUnicodeMap'],
  ],
  ['addresses are looked up by the fields of the rules language', ['SecGeoLookupDb', 'SecGsbLookupDb', 'SecHttpBlKey']],
  [
    'connections are limited by the edge itself',
    ['SecConnEngine', 'SecConnReadStateLimit', 'SecConnWriteStateLimit', 'SecReadStateLimit', 'SecWriteStateLimit'],
  ],
  ['the edge asks origins for what it can read', ['SecDisableBackendCompression']],
  ['cookies are split at semicolons', ['SecCookieV0Separator']],
  ['the edge writes its own Server field', ['SecServerSignature']],
  ['the process is confined by the system that starts it', ['SecChrootDir']],
  ['rule sets are not inherited between places of a configuration', ['SecRuleInheritance']],
  ['when the budget of a request runs out, onBudget decides', ['SecInterceptOnError']],
  ['XML never loads anything from elsewhere', ['SecXmlExternalEntity']],
  ['nothing is loaded from the network, so that it cannot fail', ['SecRemoteRulesFailAction']],
]

const EDITS_BODIES = 'bodies are inspected, never edited; take the line out'
const LINKS_NOT_SIGNED = 'links in answers are not signed here; take the line out'

const REFUSED: Readonly<Record<string, string>> = {
  SecRuleScript: 'rules in other languages are not run; write a policy rule instead',
  SecRemoteRules: 'rules are never loaded from the network while starting; install them with: tidegate waf update',
  SecContentInjection: EDITS_BODIES,
  SecStreamInBodyInspection: EDITS_BODIES,
  SecStreamOutBodyInspection: EDITS_BODIES,
  SecHashEngine: LINKS_NOT_SIGNED,
  SecHashKey: LINKS_NOT_SIGNED,
  SecHashMethodPm: LINKS_NOT_SIGNED,
  SecHashMethodRx: LINKS_NOT_SIGNED,
  SecHashParam: LINKS_NOT_SIGNED,
  SecIgnoreRuleCompilationErrors: 'a rule that cannot be read is never skipped; list what to accept by name instead',
}

const DEFINITIONS: readonly SettingDefinition[] = [
  ...HONOURED,
  ...MEANINGLESS.flatMap(([meaningless, names]) => names.map((name) => ({ name, value: ANYTHING, meaningless }))),
  ...Object.entries(REFUSED).map(([name, refused]) => ({ name, value: ANYTHING, refused })),
]

/** Every directive that sets the engine, by its lower-case name. */
export const SETTINGS: ReadonlyMap<string, SettingDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name.toLowerCase(), definition]),
)

/** Names for a suggestion. */
export const SETTING_NAMES: readonly string[] = DEFINITIONS.map(({ name }) => name)
