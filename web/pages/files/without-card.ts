/** A README's text below its card, which is for the platform (pure). */
export function withoutCard(source: string): string {
  return source.replace(/^---\r?\n[\s\S]*?\r?\n---[ \t]*(\r?\n|$)/, '')
}
