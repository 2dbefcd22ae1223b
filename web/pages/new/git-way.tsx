import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { ApiError, post, request } from '../../api/client.ts'
import { useSession } from '../../api/session.ts'
import { Button } from '../../parts/button.tsx'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { Mark } from '../../parts/mark.tsx'
import { said } from '../../words/said.ts'
import { words } from '../../words/create.ts'
import { sizeWords } from '../files/kind.ts'
import type { Change, Draft } from './draft.ts'
import { Listing } from './listing.tsx'
import { importPath, importQuery, type ImportReport, type ImportView } from './queries.ts'
import { type Found, recognise } from './recognise.ts'
import { WhatRuns } from './what-runs.tsx'

type Props = { draft: Draft; change: Change }

/** The fetched repository, and what it is. */
export function useImport(id: string): { view: ImportView | undefined; found: Found | undefined; gone: boolean } {
  const { install } = useSession()
  const { data, error } = useQuery({ ...importQuery(id), enabled: id !== '' })
  // The platform was restarted, or the hour is over.
  const gone = error instanceof ApiError && error.status === 404
  const view = id === '' || gone ? undefined : data
  const report = view?.state === 'ready' ? view.report : undefined
  const found =
    report &&
    recognise(
      report.listing.map(({ path }) => path),
      report.texts,
      install?.containers ?? false,
    )
  return { view, found, gone }
}

/** `demo` of `https://example.org/team/demo.git`: the usual name for it here. */
export function nameOfAddress(address: string): string {
  const last =
    address
      .trim()
      .replace(/[?#].*$/, '')
      .replace(/\/+$/, '')
      .split('/')
      .at(-1) ?? ''
  return last
    .replace(/\.git$/i, '')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, 96)
}

export function GitWay({ draft, change }: Props) {
  const say = words().git
  const queries = useQueryClient()
  const { view, found } = useImport(draft.importId)
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: () => post<ImportView>('/api/plaza/imports', { url: draft.url, branch: draft.branch || null }),
    onSuccess: (started) => {
      queries.setQueryData(['import', started.id], started)
      change({ importId: started.id, ...(draft.name === '' ? { name: nameOfAddress(draft.url) } : {}) })
    },
  })
  const again = () => {
    if (draft.importId !== '') request('DELETE', importPath(draft.importId)).catch(() => {})
    reset()
    change({ importId: '' })
  }
  const fetch = () => {
    if (draft.url.trim() !== '' && !isPending) mutate()
  }
  if (view?.state === 'ready' && found) {
    return <Fetched view={view} report={view.report} found={found} onAgain={again} />
  }
  const running = view?.state === 'running' ? view : undefined
  return (
    <div className="git-way">
      <div className="address">
        <Field
          label={say.label}
          help={say.help}
          value={draft.url}
          placeholder={say.placeholder}
          readOnly={running !== undefined}
          type="url"
          inputMode="url"
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => change({ url: event.target.value })}
          onKeyDown={(event) => {
            // Enter fetches: there is nothing to create yet.
            if (event.key !== 'Enter') return
            event.preventDefault()
            fetch()
          }}
        />
        <Field
          label={say.branch}
          value={draft.branch}
          placeholder={say.branchPlaceholder}
          readOnly={running !== undefined}
          autoComplete="off"
          autoCapitalize="none"
          onChange={(event) => change({ branch: event.target.value })}
        />
        {running ? (
          <Button onClick={again}>{say.stop}</Button>
        ) : (
          <Button kind={draft.importId === '' ? 'ink' : 'plain'} busy={isPending && say.fetching} onClick={fetch}>
            {say.fetch}
          </Button>
        )}
      </div>
      {running && <Progress view={running} />}
      {view?.state === 'failed' && <Refusal error={new ApiError(422, said(view.message), said(view.remedy))} />}
      <Refusal error={error} />
    </div>
  )
}

function Progress({ view }: { view: Extract<ImportView, { state: 'running' }> }) {
  const say = words().git
  const { step, fraction, bytes } = view.progress
  return (
    <div className="progress" aria-live="polite">
      <p className="status" data-s="working">
        <Mark name="working" />
        <span className="word">
          {say.step[step]}
          {bytes !== undefined && `, ${say.bytes(sizeWords(bytes))}`}
        </span>
      </p>
      <Bar fraction={fraction} label={say.step[step]} />
    </div>
  )
}

/** Filled by a true fraction; where there is none, its outline only. */
export function Bar({ fraction, label }: { fraction: number | undefined; label: string }) {
  return (
    <progress className="bar" aria-label={label} value={fraction} data-unknown={fraction === undefined || undefined} />
  )
}

function Fetched(props: { view: ImportView; report: ImportReport; found: Found; onAgain: () => void }) {
  const { view, report, found } = props
  const say = words().git
  return (
    <div className="git-way">
      <div className="notice ok">
        <Mark name="shown" />
        <div className="grow">
          <p className="source">{say.here(view.source)}</p>
          <p>
            {say.counts(report.commits, report.files, sizeWords(report.bytes))}{' '}
            {say.latest(report.latest.title, report.latest.author)}
          </p>
          {report.pointers > 0 && <p>{say.pointers(report.pointers)}</p>}
          {report.submodules > 0 && <p>{say.submodules(report.submodules)}</p>}
        </div>
        <Button onClick={props.onAgain}>{say.another}</Button>
      </div>
      <WhatRuns found={found} problem={found.card ? (report.problem ?? '') : ''} />
      <Listing label={words().folder.list} entries={report.listing} />
    </div>
  )
}
