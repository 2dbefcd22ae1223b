import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { post } from '../../api/client.ts'
import { hubPath } from '../../api/queries.ts'
import type { SpaceDetail } from '../../api/types.ts'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { span } from '../../parts/duration.ts'
import { Refusal } from '../../parts/failure.tsx'
import { Field } from '../../parts/field.tsx'
import { say } from '../../parts/toast.tsx'

/** Seconds without a visitor; -1 never. */
const offered = [300, 900, 3600, 6 * 3600, 24 * 3600, 48 * 3600, 7 * 24 * 3600, -1]

export function sleepWords(seconds: number): string {
  return seconds < 0 ? 'Never' : `After ${span(seconds)} without a visitor`
}

/** Chooses when a Space falls asleep, by any number of seconds. */
function SleepForm({ space, onDone }: { space: SpaceDetail; onDone: (cancelled: boolean) => void }) {
  const id = useId()
  const [choice, setChoice] = useState(offered.includes(space.sleepAfter) ? String(space.sleepAfter) : 'other')
  const [typed, setTyped] = useState(String(Math.max(space.sleepAfter, 60)))
  const queries = useQueryClient()
  const seconds = choice === 'other' ? Number(typed) : Number(choice)
  const wrong =
    choice === 'other' && (!/^\d+$/.test(typed.trim()) || seconds < 1) && 'A whole number of seconds, from 1 on.'
  const { mutate, isPending, error } = useMutation({
    mutationFn: () => post(`${hubPath(space.id)}/sleeptime`, { seconds }),
    onSuccess: async () => {
      say(seconds < 0 ? 'It never sleeps now' : `It sleeps after ${span(seconds)} now`)
      await queries.invalidateQueries({ queryKey: ['space', space.id] })
      onDone(false)
    },
  })
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault()
        if (!wrong && !isPending) mutate()
      }}
    >
      <div className="labelled">
        <label htmlFor={id}>It falls asleep</label>
        <div className="field">
          <select id={id} value={choice} onChange={(event) => setChoice(event.target.value)}>
            {offered.map((value) => (
              <option key={value} value={value}>
                {sleepWords(value)}
              </option>
            ))}
            <option value="other">After another time</option>
          </select>
        </div>
      </div>
      {choice === 'other' && (
        <Field
          label="Seconds without a visitor"
          inputMode="numeric"
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          error={wrong || undefined}
        />
      )}
      <Refusal error={error} />
      <div className="do">
        <Button kind="bare" onClick={() => onDone(true)}>
          Cancel
        </Button>
        <Button
          kind="ink"
          type="submit"
          busy={isPending && 'Saving'}
          refused={seconds === space.sleepAfter && 'That is how it is now'}
        >
          Save sleep time
        </Button>
      </div>
    </form>
  )
}

export function SleepDialog({ space, open, onClose }: { space: SpaceDetail; open: boolean; onClose: () => void }) {
  return (
    <Dialog
      title="Sleep time"
      about="A Space that nobody visits gives its memory back. The next visit wakes it, and waits for the start."
      open={open}
      onClose={onClose}
    >
      <SleepForm space={space} onDone={onClose} />
    </Dialog>
  )
}
