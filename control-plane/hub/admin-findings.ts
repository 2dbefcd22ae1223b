/** `GET /api/plaza/admin/findings`: what `plaza doctor` finds, tried now and then or when an administrator asks. */
import { Router } from 'express'
import type { Finding } from '../../runtime/runtime.ts'
import type { Access } from './access.ts'

export type AdminFindings = { findings: readonly Finding[]; at: string }

export type Examine = () => Promise<readonly Finding[]>

/** Trying takes seconds, a browser among them. Milliseconds. */
const staysTrue = 10 * 60_000

export function adminFindingsRouter(parts: { access: Access; examine: Examine }): Router {
  const router = Router()
  let last: { at: number; answer: Promise<AdminFindings>; isOver: boolean } | undefined

  router.get('/api/plaza/admin/findings', async (request, response) => {
    await parts.access.person(request, 'admin')
    response.json(await found(request.query['again'] === 'true'))
  })
  return router

  /** Whoever asks while it is being tried waits for the same. */
  async function found(again: boolean): Promise<AdminFindings> {
    const isFresh = last && Date.now() - last.at < staysTrue
    if (last && (!last.isOver || (isFresh && !again))) return await last.answer
    const answer = parts.examine().then((findings) => ({ findings, at: new Date().toISOString() }))
    const look = { at: Date.now(), answer, isOver: false }
    last = look
    answer.then(
      () => (look.isOver = true),
      () => (last = undefined),
    )
    return await answer
  }
}
