import { useQuery } from '@tanstack/react-query'
import { post } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { words } from '../../words/create.ts'
import { type Chosen, type UploadList, uploadList } from '../files/upload-list.ts'
import { Basket } from './basket.tsx'
import { type Found, recognise, telling } from './recognise.ts'
import { WhatRuns } from './what-runs.tsx'

async function textsOf(files: readonly Chosen[]): Promise<Record<string, string>> {
  const asked = files.filter(({ path, file }) => telling.includes(path) && file.size < 200_000)
  return Object.fromEntries(await Promise.all(asked.map(async ({ path, file }) => [path, await file.text()] as const)))
}

export type FolderRead = { list: UploadList; found: Found | undefined; texts: Record<string, string>; problem: string }

/** What was chosen, as far as it is taken, and what it is made with. */
export function useFolder(chosen: readonly Chosen[]): FolderRead {
  const { install } = useSession()
  const containers = install?.containers ?? false
  const list = uploadList(chosen, '')
  const key = list.files.map(({ path, file }) => `${path} ${file.size} ${file.lastModified}`).join('\n')
  const { data } = useQuery({
    queryKey: ['folder', key, containers],
    enabled: list.files.length > 0,
    queryFn: async () => {
      const texts = await textsOf(list.files)
      const found = recognise(
        list.files.map(({ path }) => path),
        texts,
        containers,
      )
      const readme = texts['README.md']
      const problem = found.card && readme !== undefined ? await cardProblem(readme) : ''
      return { texts, found, problem }
    },
  })
  return { list, found: data?.found, texts: data?.texts ?? {}, problem: data?.problem ?? '' }
}

/** The platform's own reading of a card. */
async function cardProblem(readme: string): Promise<string> {
  try {
    await post('/api/validate-yaml', { content: readme, repoType: 'space' })
    return ''
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}

type Props = {
  chosen: readonly Chosen[]
  read: FolderRead
  onChosen: (chosen: Chosen[], root: string) => void
  /** While they are sent, nothing changes. */
  fixed: boolean
}

export function FolderWay({ chosen, read, onChosen, fixed }: Props) {
  const { list, found, problem } = read
  return (
    <div className="folder-way">
      <Basket drop={words().folder.drop} chosen={chosen} list={list} onChosen={onChosen} fixed={fixed}>
        {found && <WhatRuns found={found} problem={problem} />}
      </Basket>
    </div>
  )
}
