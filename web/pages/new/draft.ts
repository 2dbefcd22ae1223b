/** What has been filled in of a new Space: kept for this tab, so that neither a reload nor another way loses it. */
import { useCallback, useEffect, useState } from 'react'

export type Sdk = 'gradio' | 'streamlit' | 'static' | 'docker'

/** The card that is written where a repository has none. */
export type CardDraft = {
  sdk: Sdk | ''
  appFile: string
  /** For docker: what the app listens on. */
  port: string
  title: string
  emoji: string
  colorFrom: string
  colorTo: string
}

export type Draft = {
  name: string
  visibility: 'public' | 'private'
  /** '' is the install's own choice. */
  hardware: string
  license: string
  template: string
  url: string
  branch: string
  /** The repository that is being fetched, or is here already. */
  importId: string
  dockerfile: string
  /** Of the Dockerfile's app; '' is what it exposes. */
  port: string
  /** For an empty one. */
  sdk: string
  card: CardDraft
}

const key = 'plaza-new-space'

const blank: Draft = {
  name: '',
  visibility: 'public',
  hardware: '',
  license: '',
  template: 'gradio-chat',
  url: '',
  branch: '',
  importId: '',
  dockerfile: '',
  port: '',
  sdk: 'gradio',
  card: { sdk: '', appFile: '', port: '', title: '', emoji: '', colorFrom: '', colorTo: '' },
}

function stored(): Draft {
  try {
    const text = sessionStorage.getItem(key)
    const kept = text === null ? {} : (JSON.parse(text) as Partial<Draft>)
    return { ...blank, ...kept, card: { ...blank.card, ...kept.card } }
  } catch {
    return blank
  }
}

/** Before the page of a new Space is open, from where its templates are shown too. */
export function chooseTemplate(template: string): void {
  try {
    sessionStorage.setItem(key, JSON.stringify({ ...stored(), template }))
  } catch {
    // Without storage it begins with the usual one.
  }
}

export type Change = (part: Partial<Draft>) => void

export function useDraft(): { draft: Draft; change: Change; clear: () => void } {
  const [draft, setDraft] = useState(stored)
  useEffect(() => {
    try {
      if (draft === blank) sessionStorage.removeItem(key)
      else sessionStorage.setItem(key, JSON.stringify(draft))
    } catch {
      // Without storage it lives as long as the page.
    }
  }, [draft])
  const change = useCallback<Change>((part) => setDraft((before) => ({ ...before, ...part })), [])
  const clear = useCallback(() => setDraft(blank), [])
  return { draft, change, clear }
}
