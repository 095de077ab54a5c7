import { ENGLISH } from './english.ts'
import { FRENCH } from './french.ts'
import { GERMAN } from './german.ts'
import { ITALIAN } from './italian.ts'
import { JAPANESE } from './japanese.ts'
import type { LanguageTexts } from './language-texts.ts'
import { POLISH } from './polish.ts'
import { PORTUGUESE } from './portuguese.ts'
import { SPANISH } from './spanish.ts'

export type { LanguageTexts } from './language-texts.ts'

/** Eight languages whose words hold apostrophes, quotes, accents or no blanks. */
export const LANGUAGES: readonly LanguageTexts[] = [
  ENGLISH,
  GERMAN,
  FRENCH,
  SPANISH,
  PORTUGUESE,
  ITALIAN,
  POLISH,
  JAPANESE,
]
