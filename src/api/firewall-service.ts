import { ApiRefusal } from './refusal.ts'
import type { ApiServices } from './services.ts'

/** The firewall of the server. @throws ApiRefusal 404 where there is none */
export function firewallOf({ firewall }: ApiServices): NonNullable<ApiServices['firewall']> {
  if (firewall !== undefined) return firewall
  throw new ApiRefusal(404, 'ERR_NOT_FOUND', 'no packets are filtered', {
    remedy: 'Add a section `firewall` to the configuration.',
  })
}
