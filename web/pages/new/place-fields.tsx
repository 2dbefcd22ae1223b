import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useState } from 'react'
import { hardwareQuery } from '../../api/queries.ts'
import type { Hardware } from '../../api/types.ts'
import { Choice } from '../../parts/choice.tsx'
import { Field } from '../../parts/field.tsx'
import { size } from '../../parts/size.ts'
import { Status } from '../../parts/status.tsx'
import { words } from '../../words/create.ts'
import type { Change, Draft } from './draft.ts'
import { nameProblem } from './name-problem.ts'
import { nameQuery } from './queries.ts'

const pause = 250

/** What was typed, once the hand rests. */
function useSettled(value: string): string {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

type NameProps = {
  owner: string
  draft: Draft
  change: Change
  /** Whether somebody has tried to go on without one. */
  tried: boolean
  /** It has this name already and waits for its files. */
  made: boolean
}

export function NameField({ owner, draft, change, tried, made }: NameProps) {
  const { name } = draft
  const say = words().name
  const wrong = nameProblem(name)
  const settled = useSettled(name)
  const asked = !wrong && !made && settled === name
  const { data } = useQuery({ ...nameQuery(owner, name), enabled: asked })
  const taken = asked && data?.free === false
  const free = asked && data?.free === true
  return (
    <Field
      label={say.label}
      before={`${owner}/`}
      value={name}
      readOnly={made}
      onChange={(event) => change({ name: event.target.value })}
      error={(tried || name !== '' ? wrong : undefined) ?? (taken ? (data.reason ?? say.taken) : undefined)}
      help={
        <span className="name-note" aria-live="polite">
          {free ? <Status tone="shown">{say.free(`${owner}/${name}`)}</Status> : say.help}
        </span>
      }
      autoComplete="off"
      autoCapitalize="none"
      placeholder="bread-clock"
    />
  )
}

const licenses = [
  'apache-2.0',
  'mit',
  'bsd-3-clause',
  'mpl-2.0',
  'gpl-3.0',
  'agpl-3.0',
  'lgpl-3.0',
  'cc0-1.0',
  'cc-by-4.0',
  'cc-by-sa-4.0',
  'cc-by-nc-4.0',
  'openrail',
  'unlicense',
]

type Props = {
  draft: Draft
  change: Change
  sdk: string | undefined
  /** What no choice of a licence means; undefined: none is asked for. */
  licenseOtherwise: string | undefined
}

function figuresOf({ cpu, ram, plaza }: Hardware): string[] {
  const say = words().hardware
  const gpu = plaza.gpus === 0 ? [] : [say.gpus(plaza.gpus, plaza.gpuModel)]
  return [...gpu, cpu, ram, ...(plaza.disk === null ? [] : [say.disk(size(plaza.disk))])]
}

/** Visibility, hardware and licence. */
export function PlaceFields({ draft, change, sdk, licenseOtherwise }: Props) {
  const say = words()
  const id = useId()
  const { data: hardware = [] } = useQuery(hardwareQuery)
  const usual = hardware.find((one) => one.isDefault) ?? hardware[0]
  return (
    <>
      <Choice
        legend={say.visibility.legend}
        name="visibility"
        options={[
          { value: 'public', title: say.visibility.public, about: say.visibility.publicAbout },
          { value: 'private', title: say.visibility.private, about: say.visibility.privateAbout },
        ]}
        value={draft.visibility}
        onChange={(visibility) => change({ visibility })}
      />
      <div className="pair">
        <div className="labelled">
          {sdk === 'static' ? (
            <span className="label">{say.hardware.label}</span>
          ) : (
            <label htmlFor={`${id}-hardware`}>{say.hardware.label}</label>
          )}
          {sdk === 'static' ? (
            <p className="fixed">{say.hardware.none}</p>
          ) : (
            <div className="field">
              <select
                id={`${id}-hardware`}
                value={draft.hardware || usual?.name}
                onChange={(event) => change({ hardware: event.target.value })}
              >
                {hardware.map((kind) => (
                  <option key={kind.name} value={kind.name}>
                    {say.hardware.one(kind.prettyName, figuresOf(kind))}
                  </option>
                ))}
              </select>
            </div>
          )}
        </div>
        {licenseOtherwise !== undefined && (
          <div className="labelled">
            <label htmlFor={`${id}-license`}>{say.license.label}</label>
            <div className="field">
              <select
                id={`${id}-license`}
                value={draft.license}
                onChange={(event) => change({ license: event.target.value })}
              >
                <option value="">{licenseOtherwise}</option>
                {licenses.map((license) => (
                  <option key={license}>{license}</option>
                ))}
              </select>
            </div>
          </div>
        )}
      </div>
    </>
  )
}
