/** What a Space keeps over all its versions: its `/data`, and who it is on this machine. */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { lstat, opendir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type SpaceIdentity = { user: { uid: number; gid: number } | undefined; data: string }

export type SpaceFolders = {
  /** The Space's user (as root: one that no other Space has) and data folder, made when first asked for. */
  of(spaceId: string): SpaceIdentity
  /** Bytes on disk in its data folder. */
  stored(spaceId: string): Promise<number>
  forget(spaceId: string): Promise<void>
}

/**
 * Uids that no distribution gives out: systemd's dynamic users begin at 61184 and end at 65519, ranges for containers begin
 * at 100000 (/etc/subuid) or 524288.
 */
const uidRanges = [
  { first: 61_001, last: 61_183 },
  { first: 70_000, last: 99_999 },
]

/** `root`: whether Spaces can have users of their own. */
export function openSpaceFolders(folder: string, root: boolean): SpaceFolders {
  mkdirSync(folder, { recursive: true })
  // Passable, not readable: a Space's user must come to its own folder and cannot list the others.
  chmodSync(folder, 0o711)
  const given = new Map<string, number>()
  for (const spaceId of readdirSync(folder)) {
    const uid = readUid(join(folder, spaceId, 'uid'))
    if (uid !== undefined) given.set(spaceId, uid)
  }

  const uidOf = (spaceId: string): number => {
    const before = given.get(spaceId)
    if (before !== undefined) return before
    const uid = freeUid(new Set(given.values()))
    const path = join(folder, spaceId, 'uid')
    writeFileSync(`${path}.new`, `${uid}\n`)
    renameSync(`${path}.new`, path)
    given.set(spaceId, uid)
    return uid
  }
  return {
    of(spaceId) {
      checkId(spaceId)
      const own = join(folder, spaceId)
      const data = join(own, 'data')
      mkdirSync(own, { recursive: true })
      chmodSync(own, 0o711)
      const uid = root ? uidOf(spaceId) : undefined
      const user = uid === undefined ? undefined : { uid, gid: uid }
      if (!existsSync(data)) mkdirSync(data)
      chmodSync(data, 0o700)
      if (user !== undefined) chownSync(data, user.uid, user.gid)
      return { user, data }
    },
    async stored(spaceId) {
      checkId(spaceId)
      return await bytesIn(join(folder, spaceId, 'data'))
    },
    async forget(spaceId) {
      checkId(spaceId)
      // The uid is free again only when no file of it is left.
      await rm(join(folder, spaceId), { recursive: true, force: true, maxRetries: 3 })
      given.delete(spaceId)
    },
  }
}

/** Of the files themselves, never of what a link leads to; of a folder that changes meanwhile about so much. */
async function bytesIn(folder: string): Promise<number> {
  let bytes = 0
  const entries = await opendir(folder).catch(() => [])
  for await (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) bytes += await bytesIn(path)
    else
      bytes += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      )
  }
  return bytes
}

/** Ids become names of folders and cgroups. @throws when one could mean something else. */
export function checkId(id: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) throw new Error(`${JSON.stringify(id)} is not an id.`)
}

function readUid(path: string): number | undefined {
  if (!existsSync(path)) return undefined
  const uid = Number.parseInt(readFileSync(path, 'utf8'), 10)
  return uidRanges.some(({ first, last }) => uid >= first && uid <= last) ? uid : undefined
}

function freeUid(taken: ReadonlySet<number>): number {
  for (const { first, last } of uidRanges) for (let uid = first; uid <= last; uid++) if (!taken.has(uid)) return uid
  throw new Error('Every user id that Plaza gives to Spaces is taken.')
}
