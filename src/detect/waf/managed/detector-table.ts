import type { Detection } from '../detectors/detection.ts'
import { detectLookup, LOOKUP_FINDINGS } from '../detectors/lookup/detect-lookup.ts'
import { detectShell, SHELL_FINDINGS } from '../detectors/shell/detect-shell.ts'
import { detectSqli } from '../detectors/sqli/detect-sqli.ts'
import { SQLI_FINDINGS } from '../detectors/sqli/findings.ts'
import { detectSsrf, SSRF_FINDINGS } from '../detectors/ssrf/detect-ssrf.ts'
import { detectTemplate } from '../detectors/template/detect-template.ts'
import { TEMPLATE_FINDINGS } from '../detectors/template/template-signs.ts'
import { detectTraversal, TRAVERSAL_FINDINGS } from '../detectors/traversal/detect-traversal.ts'
import { detectXss } from '../detectors/xss/detect-xss.ts'
import { XSS_FINDINGS } from '../detectors/xss/findings.ts'
import type { ParameterSource } from '../parts/parameters.ts'
import { VALUE_MASK } from './value-mask.ts'

/** A detector as our rules see it: the field `waf.value.<name>`. */
export interface ValueDetector {
  readonly name: string
  /** Bits of `VALUE_MASK`: without any of them in a value there is nothing to find. */
  readonly needs: number
  /** Sources that are not looked at: what stands there is written by programs in a form that resembles findings. */
  readonly except: ReadonlySet<ParameterSource>
  /** The place in the value matters: only asked about the first window of a long value. */
  readonly anchored: boolean
  readonly detect: (value: string) => Detection | undefined
  /** What it tells apart, for the reference page. */
  readonly findings: Readonly<Record<string, { readonly help: string }>>
}

const NOWHERE: ReadonlySet<ParameterSource> = new Set()

export const VALUE_DETECTORS: readonly ValueDetector[] = [
  {
    name: 'sqli',
    needs:
      VALUE_MASK.quote |
      VALUE_MASK.parenthesis |
      VALUE_MASK.separator |
      VALUE_MASK.operator |
      VALUE_MASK.opener |
      VALUE_MASK.blank,
    except: NOWHERE,
    anchored: false,
    detect: detectSqli,
    findings: SQLI_FINDINGS,
  },
  {
    name: 'xss',
    needs:
      VALUE_MASK.angle |
      VALUE_MASK.quote |
      VALUE_MASK.colon |
      VALUE_MASK.parenthesis |
      VALUE_MASK.operator |
      VALUE_MASK.ampersand |
      VALUE_MASK.brace,
    except: NOWHERE,
    anchored: false,
    detect: detectXss,
    findings: XSS_FINDINGS,
  },
  {
    name: 'shell',
    needs: VALUE_MASK.separator | VALUE_MASK.dollar | VALUE_MASK.slash | VALUE_MASK.backslash | VALUE_MASK.angle,
    except: NOWHERE,
    anchored: true,
    detect: detectShell,
    findings: SHELL_FINDINGS,
  },
  {
    name: 'template',
    needs: VALUE_MASK.brace | VALUE_MASK.angle | VALUE_MASK.opener,
    except: NOWHERE,
    anchored: false,
    detect: detectTemplate,
    findings: TEMPLATE_FINDINGS,
  },
  {
    name: 'traversal',
    needs: VALUE_MASK.slash | VALUE_MASK.backslash | VALUE_MASK.percent | VALUE_MASK.overlong,
    except: NOWHERE,
    anchored: true,
    detect: detectTraversal,
    findings: TRAVERSAL_FINDINGS,
  },
  {
    name: 'ssrf',
    needs: VALUE_MASK.colon | VALUE_MASK.slash | VALUE_MASK.backslash,
    // Referer, Origin and paths name the own host rightly; addresses that are forged there are judged by rules of their own.
    except: new Set<ParameterSource>(['header', 'path', 'name', 'file_name', 'part_header', 'body']),
    anchored: true,
    detect: detectSsrf,
    findings: SSRF_FINDINGS,
  },
  {
    name: 'lookup',
    needs: VALUE_MASK.dollar,
    except: NOWHERE,
    anchored: false,
    detect: detectLookup,
    findings: LOOKUP_FINDINGS,
  },
]
