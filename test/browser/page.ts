/** Builds the page once for a whole test run, before several platforms would each begin to. */
import path from 'node:path'
import { buildPage } from '../../control-plane/page-build.ts'

export async function setup(): Promise<void> {
  await buildPage(path.join(import.meta.dirname, '..', '..'), process.env['PATH'] ?? '')
}
