/** What an account may be called. The name is the first part of every address below it, in URLs and on the disk. */

const longestName = 64

/** Words that are, or are likely to become, the first part of an address of the platform's own. */
const reserved = new Set(
  `about account accounts admin api apps assets auth avatars blog buckets chat collections contact dashboard datasets
  discussions docs enterprise events explore favicon.ico feed gallery git health healthz help home hub icon.svg index.html
  install invite jobs join judge kernels learn legal live login logout me metrics models new notifications oauth
  organizations orgs papers password plaza posts pricing privacy profile public register resolve robots.txt root search
  security settings share showcase showcases sign-in sign-out sign-up signin signout signup sitemap.xml space spaces
  stage static status stream system tag tags tasks team teams terms theme.js token tokens tos trending undefined null upload
  uploads user users web webhooks well-known .well-known www`
    .split(/\s+/)
    .filter((word) => word !== ''),
)

/** Names that differ only in case are the same name. */
export function nameKey(name: string): string {
  return name.toLowerCase()
}

/** One sentence that says why nobody can have this name, or undefined. Whether it is taken is the store's to say. */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'A name is missing.'
  if (name.length > longestName) return `A name has at most ${longestName} characters.`
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return 'A name is made of letters, digits, "-", "_" and "." only.'
  // A path of dots leads out of its folder, and git takes these endings for itself.
  if (/^\.+$/.test(name)) return 'A name cannot be dots only.'
  if (/\.(?:git|lock|atom)$/i.test(name)) return 'A name cannot end in ".git", ".lock" or ".atom".'
  return undefined
}

/** The same for people who choose their own: an operator may give a reserved name, nobody may take one. */
export function chosenNameProblem(name: string): string | undefined {
  if (reserved.has(nameKey(name))) return `The name "${name}" is reserved. Choose another one.`
  return nameProblem(name)
}
