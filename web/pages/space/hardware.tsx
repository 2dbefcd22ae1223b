import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { hardwareQuery, hubPath, storageQuery } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Choice } from '../../parts/choice.tsx'
import { Failure, Refusal } from '../../parts/failure.tsx'
import { size } from '../../parts/size.ts'
import { LineSkeletons } from '../../parts/skeleton.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'

/** What it runs on, of what there is. */
export function HardwareSection({ space }: { space: SpaceDetail }) {
  const queries = useQueryClient()
  const { data: kinds, error, refetch } = useQuery(hardwareQuery)
  const [chosen, setChosen] = useState(space.hardware)
  const text = words().hardware
  const change = useMutation({
    mutationFn: () => post(`${hubPath(space.id)}/hardware`, { flavor: chosen }),
    onSuccess: async () => {
      say(text.changed(chosen))
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
    },
  })
  return (
    <section className="section">
      <h2>{text.heading}</h2>
      <p>{kinds?.length === 1 ? text.onlyOne : text.about}</p>
      {error && !kinds && <Failure error={error} retry={() => void refetch()} />}
      {!kinds && !error && <LineSkeletons count={2} />}
      {kinds && (
        <div className="form">
          <Choice
            legend={text.legend}
            name="hardware"
            options={kinds.map((kind) => ({
              value: kind.name,
              title: kind.prettyName,
              about: text.kind(kind.cpu, kind.ram, {
                disk: kind.plaza.disk === null ? undefined : size(kind.plaza.disk),
                gpu: kind.plaza.gpus === 0 ? undefined : words().runsOn.gpus(kind.plaza.gpus, kind.plaza.gpuModel),
              }),
            }))}
            value={chosen}
            onChange={setChosen}
          />
          <Refusal error={change.error} />
          {kinds.length > 1 && (
            <div className="do">
              <Button
                busy={change.isPending && text.changing}
                refused={chosen === space.hardware && text.same}
                onClick={() => change.mutate()}
              >
                {text.change}
              </Button>
            </div>
          )}
        </div>
      )}
    </section>
  )
}

/** What it keeps on the machine. */
export function StorageSection({ space }: { space: SpaceDetail }) {
  const text = words().storage
  const { data: use, error, refetch } = useQuery(storageQuery(space.id))
  return (
    <section className="section">
      <h2>{text.heading}</h2>
      {error && !use && <Failure error={error} retry={() => void refetch()} />}
      {!use && !error && <LineSkeletons count={2} />}
      {use && (
        <dl className="facts-list">
          <div>
            <dt>{text.repository}</dt>
            <dd>{size(use.repository)}</dd>
          </div>
          {space.sdk !== 'static' && (
            <div>
              <dt>{text.data()}</dt>
              <dd>{size(use.data)}</dd>
            </div>
          )}
        </dl>
      )}
    </section>
  )
}
