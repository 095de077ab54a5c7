import { type RequestSample, sampleRequest, type Waf, type WafInspection, type WafSettings } from '#detect'

/** Judges a request in this process; the inspection has ended. */
export function judgeSample(waf: Waf, settings: WafSettings, sample: RequestSample): WafInspection {
  const { request, body } = sampleRequest(sample)
  const inspection = waf.inspect(request, settings, [])
  inspection.head()
  inspection.body(body)
  inspection.finish()
  return inspection
}
