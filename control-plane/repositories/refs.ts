/** The branches and tags of a repository. */
import type { Repositories } from './repository.ts'

export type Ref = { kind: 'branch' | 'tag'; name: string; ref: string; commit: string }

const mostRefs = 10_000

/** At most 10,000; tags point at the commit that they name, not at the tag's own object. */
export async function listRefs(repositories: Repositories, spaceId: string): Promise<Ref[]> {
  const format = '--format=%(objectname) %(*objectname) %(refname)'
  const list = await repositories.run(spaceId, [
    'for-each-ref',
    format,
    `--count=${mostRefs}`,
    '--',
    'refs/heads/',
    'refs/tags/',
  ])
  return list
    .toString('utf8')
    .split('\n')
    .flatMap((line): Ref[] => {
      const found = /^([0-9a-f]{40}) ([0-9a-f]{40})? ?(refs\/(heads|tags)\/(.+))$/.exec(line)
      if (!found) return []
      const [, object = '', peeled, ref = '', folder, name = ''] = found
      return [{ kind: folder === 'heads' ? 'branch' : 'tag', name, ref, commit: peeled ?? object }]
    })
}
