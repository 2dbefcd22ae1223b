import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { post } from '../../api/client.ts'
import { hubPath } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { span } from '../../parts/duration.ts'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'
import { words } from '../../words/space.ts'
import { SaveForm } from './save-form.tsx'

/** Seconds without a visitor; -1 never. */
const offered = [300, 900, 3600, 6 * 3600, 24 * 3600, 48 * 3600, 7 * 24 * 3600, -1]

function optionWords(seconds: number): string {
  const { sleep } = words()
  return seconds < 0 ? sleep.optionNever : sleep.optionAfter(span(seconds))
}

/** Chooses when a Space falls asleep, by any number of seconds. */
function SleepForm({ space, onDone }: { space: SpaceDetail; onDone: (cancelled: boolean) => void }) {
  const id = useId()
  const { sleep } = words()
  const [choice, setChoice] = useState(offered.includes(space.sleepAfter) ? String(space.sleepAfter) : 'other')
  const [typed, setTyped] = useState(String(Math.max(space.sleepAfter, 60)))
  const queries = useQueryClient()
  const seconds = choice === 'other' ? Number(typed) : Number(choice)
  const wrong = choice === 'other' && (!/^\d+$/.test(typed.trim()) || seconds < 1) && sleep.secondsRule
  const change = useMutation({
    mutationFn: () => post(`${hubPath(space.id)}/sleeptime`, { seconds }),
    onSuccess: async () => {
      say(seconds < 0 ? sleep.nowNever : sleep.nowAfter(span(seconds)))
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
      onDone(false)
    },
  })
  return (
    <SaveForm
      change={change}
      text={sleep}
      refused={wrong || (seconds === space.sleepAfter && sleep.same)}
      cancel={
        <Button kind="bare" onClick={() => onDone(true)}>
          {sleep.cancel}
        </Button>
      }
    >
      <div className="labelled">
        <label htmlFor={id}>{sleep.fallsAsleep}</label>
        <div className="field">
          <select id={id} value={choice} onChange={(event) => setChoice(event.target.value)}>
            {offered.map((value) => (
              <option key={value} value={value}>
                {optionWords(value)}
              </option>
            ))}
            <option value="other">{sleep.optionOther}</option>
          </select>
        </div>
      </div>
      {choice === 'other' && (
        <Field
          label={sleep.seconds}
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={wrong || undefined}
        />
      )}
    </SaveForm>
  )
}

export function SleepDialog({ space, open, onClose }: { space: SpaceDetail; open: boolean; onClose: () => void }) {
  return (
    <Dialog title={words().sleep.heading} about={words().sleep.about} open={open} onClose={onClose}>
      <SleepForm space={space} onDone={onClose} />
    </Dialog>
  )
}
