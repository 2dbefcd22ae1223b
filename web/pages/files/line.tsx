import type { Token } from './highlight.ts'

/** Shiki's bits for italic and bold. */
const italic = 1
const bold = 2

/** One line of code, in colours where they are known. An empty line keeps its height. */
export function Line({ text, tokens }: { text: string; tokens: readonly Token[] | undefined }) {
  if (!tokens || tokens.length === 0) return text || '\n'
  return tokens.map((token, at) => {
    const style = token.fontStyle ?? 0
    return (
      <span
        // oxlint-disable-next-line react/no-array-index-key -- tokens have no other name than their place
        key={at}
        style={{
          ...(token.color ? { color: token.color } : {}),
          ...(style & italic ? { fontStyle: 'italic' } : {}),
          ...(style & bold ? { fontWeight: 600 } : {}),
        }}
      >
        {token.content}
      </span>
    )
  })
}
