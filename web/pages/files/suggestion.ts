/** A text that another page proposes for a file, and the editor begins with; it travels in the history's state. */
import { useLocation } from 'react-router'

export type Suggestion = { path: string; text: string }

export type SuggestionState = { suggestion: Suggestion }

export function useSuggestion(): Suggestion | undefined {
  const state: unknown = useLocation().state
  const said = typeof state === 'object' && state !== null && 'suggestion' in state ? state.suggestion : undefined
  if (typeof said !== 'object' || said === null || !('path' in said) || !('text' in said)) return undefined
  const { path, text } = said
  return typeof path === 'string' && typeof text === 'string' ? { path, text } : undefined
}
