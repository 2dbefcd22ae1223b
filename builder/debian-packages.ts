/** packages.txt: the Debian packages that an app needs (pure). */

export type DebianPackage = {
  line: number
  /** As written. */
  text: string
  /** As apt takes it (`ffmpeg`, `libgl1:amd64`, `git=1:2.39.5-0`); undefined where the text cannot be one. */
  name: string | undefined
}

/**
 * A name may say a version or an architecture. Nothing in it means anything to a shell, it is no option, and it does not
 * end in the `-` by which apt would remove a package.
 */
const packageShape =
  /^[a-z0-9][a-z0-9+.-]{0,98}[a-z0-9+.](?::[a-z0-9][a-z0-9-]{0,30})?(?:=(?:\d{1,9}:)?\d[A-Za-z0-9.+~-]{0,98})?$/

/** Comments and blank lines are left out; several names on one line are taken, since apt's reader takes them. */
export function readDebianPackages(text: string): readonly DebianPackage[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .flatMap((line, index) =>
      line
        .replace(/(^|\s)#.*$/, '')
        .split(/[ \t]+/)
        .filter((word) => word !== '')
        .map((word) => ({ line: index + 1, text: word, name: packageShape.test(word) ? word : undefined })),
    )
}
