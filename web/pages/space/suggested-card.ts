/** The card for a Space that has none, saying what the platform has found out by itself (pure). */
import type { SpaceDetail } from '../../api/types.ts'
import { cardFields, filledCard, readCard, withCard } from '../new/recognise.ts'

export type Recognised = { file: string; sentence: string }

export function recognisedOf(card: Record<string, unknown>): Recognised | undefined {
  const said = card['recognised']
  if (typeof said !== 'object' || said === null || !('file' in said) || !('sentence' in said)) return undefined
  const { file, sentence } = said
  return typeof file === 'string' && typeof sentence === 'string' ? { file, sentence } : undefined
}

/** With an SDK in the card nothing is found out any more: it is written where it and its app file say all that was found. */
function isAllInSdk(file: string, sdk: string | undefined): boolean {
  return sdk === 'docker' || sdk === 'static' || (file === 'requirements.txt' && sdk === 'streamlit')
}

type Space = Pick<SpaceDetail, 'name' | 'title' | 'sdk' | 'card'>

/** @param readme undefined where there is none. What it says already stays. */
export function suggestedCard(space: Space, { file }: Recognised, readme: string | undefined): string {
  const text = (key: string) => (typeof space.card[key] === 'string' ? space.card[key] : '')
  const sdk = (['gradio', 'streamlit', 'static', 'docker'] as const).find((one) => one === space.sdk)
  const port = typeof space.card['appPort'] === 'number' ? String(space.card['appPort']) : ''
  const found = {
    sdk,
    appFile: text('appFile') || undefined,
    sdkVersion: undefined,
    port: port || undefined,
    byItself: isAllInSdk(file, sdk) ? undefined : file,
    card: undefined,
    readme: readme !== undefined,
    requirements: false,
  }
  const asked = {
    sdk: '' as const,
    appFile: '',
    port: '',
    title: space.title === space.name ? '' : space.title,
    emoji: text('emoji'),
    colorFrom: text('colorFrom'),
    colorTo: text('colorTo'),
  }
  const fields = cardFields(filledCard(asked, found, space.name), found, '')
  const before = readCard(readme)
  if (readme === undefined || before === undefined) return withCard(fields, readme)
  const missing = Object.fromEntries(Object.entries(fields).filter(([name]) => before[name] === undefined))
  const added = withCard(missing, '').split('\n').slice(1, -3)
  const opening = /^\uFEFF?---[ \t]*(\r?\n)/
  return readme.replace(opening, (start, end: string) => start + added.map((line) => line + end).join(''))
}
