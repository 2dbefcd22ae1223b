/** A card's fields as a form shows them, and what of them has been changed. Pure. */
import type { CardForm } from '../../api/types.ts'

type Fields = CardForm['fields']

const texts = [
  'title',
  'short_description',
  'emoji',
  'colorFrom',
  'colorTo',
  'sdk',
  'sdk_version',
  'python_version',
  'app_file',
] as const
const numbers = ['app_port'] as const
const lists = ['tags', 'models', 'license'] as const

export type Shown = Record<(typeof texts)[number] | (typeof numbers)[number] | (typeof lists)[number], string>

export function shownFields(fields: Fields): Shown {
  const shown = (name: string) => {
    const value = fields[name] ?? ''
    return Array.isArray(value) ? value.join(', ') : String(value)
  }
  const names = [...texts, ...numbers, ...lists]
  return Object.fromEntries(names.map((name) => [name, shown(name)])) as Shown
}

/** Only what differs: the rest of the card is nobody's to touch. What was emptied is taken out (null). */
export function changedFields(fields: Fields, shown: Shown): Fields {
  const before = shownFields(fields)
  const changed: Record<string, Fields[string]> = {}
  for (const name of texts) {
    const value = shown[name].trim()
    if (value !== before[name]) changed[name] = value || null
  }
  for (const name of numbers) {
    const value = shown[name].trim()
    if (value !== before[name]) changed[name] = value === '' ? null : /^\d+$/.test(value) ? Number(value) : value
  }
  for (const name of lists) {
    if (shown[name] === before[name]) continue
    const items = shown[name]
      .split(',')
      .map((item) => item.trim())
      .filter(Boolean)
    // One licence is written as a text, by whoever wrote it first as well.
    const [only] = items
    changed[name] =
      items.length === 0 ? null : name === 'license' && items.length === 1 && only !== undefined ? only : items
  }
  return changed
}
