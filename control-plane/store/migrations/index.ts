/** The list, in order. Forward only: a migration that has shipped is never changed, a mistake is mended by the next one. */
import type { Kysely } from 'kysely'
import type { Database } from '../schema.ts'
import * as init from './001-init.ts'
import * as community from './002-community.ts'
import * as pictures from './003-pictures.ts'
import * as redirects from './004-redirects.ts'
import * as people from './005-people.ts'
import * as previews from './006-previews.ts'
import * as disabledAccounts from './007-disabled-accounts.ts'
import * as imports from './008-imports.ts'
import * as formerHosts from './009-former-hosts.ts'
import * as containers from './010-containers.ts'

export const migrations: readonly { name: string; up(db: Kysely<Database>): Promise<void> }[] = [
  { name: '001-init', up: init.up },
  { name: '002-community', up: community.up },
  { name: '003-pictures', up: pictures.up },
  { name: '004-redirects', up: redirects.up },
  { name: '005-people', up: people.up },
  { name: '006-previews', up: previews.up },
  { name: '007-disabled-accounts', up: disabledAccounts.up },
  { name: '008-imports', up: imports.up },
  { name: '009-former-hosts', up: formerHosts.up },
  { name: '010-containers', up: containers.up },
]
