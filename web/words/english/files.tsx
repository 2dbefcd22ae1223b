import type { ReactNode } from 'react'
import { counted } from '../language.ts'

/** CodeMirror's own words, which are English: what stands here is said instead. */
const editor: Readonly<Record<string, string>> = {}

export const files = {
  editor,

  title: {
    file: (path: string, space: string) => `${path} in ${space}`,
    files: (space: string) => `Files of ${space}`,
    edit: (path: string, space: string) => `Edit ${path} in ${space}`,
    newFile: (space: string) => `New file in ${space}`,
    upload: (space: string) => `Upload to ${space}`,
    commit: (title: string, space: string) => `${title} in ${space}`,
    history: (space: string) => `History of ${space}`,
    fileHistory: (path: string, space: string) => `History of ${path} in ${space}`,
    blame: (path: string, space: string) => `Blame of ${path} in ${space}`,
  },

  head: {
    revision: (name: string) => `Revision ${name}`,
    branches: 'Branches',
    tags: 'Tags',
    path: 'Path',
    history: 'History',
  },

  find: {
    open: 'Find a file',
    part: 'Part of its path',
    among: (count: number, more: boolean) => `Find one of ${count}${more ? '+' : ''} files`,
    none: (typed: string) => `No file has “${typed}” in its path.`,
    found: 'Files',
  },

  tree: {
    label: 'Files',
    above: 'The folder above',
    more: (shown: number) => `There are more files than these ${shown}. Clone it to see all.`,
    missing: (path: string, revision: string) => `There is no folder ${path} at ${revision}.`,
    movedOrDeleted: 'It may have been moved or deleted.',
    add: 'Add file',
    newFile: 'New file',
    upload: 'Upload files',
    remove: 'Delete this folder',
    drop: (folder: string) => `Drop to upload into ${folder}`,
    nothingYet: (owner: string) => `There is no file yet. They are listed here as soon as ${owner} pushes some.`,
    pushSome: 'There is no file yet. Push a folder with these three lines, or add files here.',
    lines: 'Lines for your terminal',
    token: 'TOKEN stands for a write token of yours.',
    createToken: 'Create a token',
  },

  file: {
    missing: (path: string, revision: string) => `There is no file ${path} at ${revision}.`,
    isFolder: (path: string) => `${path} is a folder.`,
    openFolder: 'Open it',
    tooLarge: (name: string, size: string) => `${name} has ${size}, more than a page can show well.`,
    binary: (name: string) => `${name} is no text and no picture.`,
    empty: 'The file is empty.',
    downloadIt: 'Download it',
    lines: (count: number) => counted(count, 'line', 'lines'),
    line: (number: number) => `Line ${number}`,
    preview: 'Preview',
    code: 'Code',
    copy: 'Copy the file',
    copyPiece: 'Copy',
    download: 'Download',
    edit: 'Edit',
    editTip: 'Edit (e)',
    more: 'More of this file',
    raw: 'Raw',
    blame: 'Blame',
    address: 'This version’s address',
    rename: 'Rename or move',
    remove: 'Delete',
  },

  footnotes: {
    heading: 'Footnotes',
    back: (mark: string) => `Back to reference ${mark}`,
  },
  picture: {
    broken: 'This picture cannot be shown. Its bytes may be damaged.',
    /** Where a README shows a picture of another server, which stays a link. */
    elsewhere: 'picture',
  },
  media: {
    unplayable: (name: string) => `${name} cannot be played here. Its format may be unknown to this browser.`,
  },
  pdf: {
    broken: (name: string) => `${name} cannot be shown. It may be damaged, or locked by a password.`,
    pages: (count: number) => counted(count, 'page', 'pages'),
    page: (number: number, of: number) => `Page ${number} of ${of}`,
    rest: (shown: number) => `These are the first ${shown} pages. Download it to read on.`,
  },
  task: { done: 'Done', open: 'To do' },
  table: {
    of: (path: string) => `Table of ${path}`,
    empty: 'The table is empty.',
    row: 'Row',
    /** @param shown columns that are drawn, where there are more. */
    size: (rows: number, columns: number, shown: number | undefined) =>
      `${counted(rows, 'row', 'rows')}, ${counted(columns, 'column', 'columns')}${
        shown === undefined ? '' : `, of which the first ${shown} are shown`
      }`,
  },
  notebook: {
    output: 'Output',
    tooLong: 'This output is too long to be shown here.',
    cut: '… the rest is in the file.',
    moreCells: (count: number) => `The other ${count} cells are in the file.`,
    noJson: 'This notebook is not valid JSON.',
    noFormat: 'This is no notebook of format 4.',
  },

  path: {
    empty: 'Type a name.',
    slashes: 'Each part between slashes has a name.',
    dots: 'A path has no . or .. in it.',
    git: '.git is git’s own.',
    control: 'A path has no control characters.',
    taken: (path: string) => `There is a ${path} already.`,
  },

  commit: {
    message: 'Commit message',
    description: 'Description',
    optional: 'Why, for those who read the history',
    button: 'Commit to main',
    cancel: 'Cancel',
    busy: 'Committing',
    busyWith: (size: string) => `Committing ${size}`,
    unreadable: 'A file could not be read. It may have been moved.',
    create: (name: string) => `Create ${name}`,
    createAny: 'Create a file',
    update: (name: string) => `Update ${name}`,
    remove: (path: string) => `Delete ${path}`,
    rename: (from: string, to: string) => `Rename ${from} to ${to}`,
    upload: (path: string) => `Upload ${path}`,
    uploadMany: (count: number) => `Upload ${counted(count, 'file', 'files')}`,
    uploadAny: 'Upload files',
  },

  committed: {
    live: (commit: ReactNode, open: ReactNode) => (
      <>
        Committed {commit}. It is live. {open}
      </>
    ),
    open: 'Open the app',
    /** @param why a sentence of the platform. */
    failed: (commit: ReactNode, why: string, read: ReactNode) => (
      <>
        Committed {commit}. {why} {read}
      </>
    ),
    read: 'Read its log',
    building: (commit: ReactNode, follow: ReactNode) => (
      <>
        Committed {commit}. It takes over once it is built and answers. {follow}
      </>
    ),
    follow: 'Follow its build',
  },

  edit: {
    heading: (path: ReactNode) => <>Edit {path}</>,
    newPath: 'Path of the new file',
    content: 'Content of the file',
    restored: (ago: ReactNode) => <>This is what you typed {ago} and did not commit.</>,
    startOver: 'Start over',
    write: 'Write',
    changes: 'Changes',
    preview: 'Preview',
    unchanged: 'Nothing has been changed yet.',
    unchangedYet: 'Nothing has been changed yet',
    chooseAbove: 'Choose above what becomes of both',
    notYours: (space: string) => `Only people who may push to ${space} change its files.`,
    noText: (name: string) => `${name} is no text. Change it on your machine and push or upload it.`,
    tooLarge: (name: string, size: string) =>
      `${name} has ${size}, more than the editor takes. Change it on your machine and push or upload it.`,
  },

  conflict: {
    label: 'Conflict',
    changed: (path: string) => `Someone changed ${path} on main while you edited.`,
    deleted: (path: string) => `Someone deleted ${path} on main while you edited.`,
    who: (author: string, title: string, commit: ReactNode, ago: ReactNode) => (
      <>
        {author}: “{title}” {commit}, {ago}.
      </>
    ),
    kept: 'Your text is kept in this tab.',
    theirs: 'What changed meanwhile',
    mine: 'Yours beside theirs',
    combine: 'Combine both',
    onTop: 'Commit mine on top',
    startFromTheirs: 'Start from theirs',
  },

  remove: {
    title: (path: string) => `Delete ${path}`,
    aboutFile: 'A new version without it is built. The history keeps what was there.',
    aboutFolder: 'A new version without this folder and all that is in it is built. The history keeps what was there.',
    keep: 'Keep it',
    file: 'Delete file',
    folder: 'Delete folder',
    busy: 'Deleting',
  },

  rename: {
    title: (path: string) => `Rename ${path}`,
    about: 'A slash in the new path moves it into a folder.',
    path: 'Path',
    same: 'Type another path first',
    button: 'Rename file',
    busy: 'Renaming',
  },

  upload: {
    heading: (folder: ReactNode) => <>Upload to {folder}</>,
    notYours: (space: string) => `Only people who may push to ${space} upload files.`,
    drop: 'Drop files or folders here',
    chooseFiles: 'Choose files',
    chooseFolder: 'Choose a folder',
    files: 'Files',
    folder: 'Folder',
    list: 'Files to upload',
    replaces: 'replaces the one there',
    leaveOut: (path: string) => `Leave out ${path}`,
    leaveOutTip: 'Leave it out',
    andMore: (count: number) => `and ${count} more`,
    refused: (path: string, why: string) => `${path} (${why})`,
    leftOut: (paths: readonly string[], more: number) =>
      `Left out: ${paths.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    tooMany: (most: number, count: number) => `One upload takes ${most} files; these are ${count}. Push them with git.`,
    tooLarge: (most: string) => `One upload takes ${most}. Push larger files with git.`,
    none: 'Choose a file first',
    moved: 'Someone committed to main meanwhile.',
    commitAgain: 'Commit again to put these files on top.',
  },

  history: {
    noMessage: 'No message',
    live: 'Live',
    copyHash: 'Copy its full hash',
    fileAt: 'The file at this commit',
    filesAt: 'The files at this commit',
    none: 'No commit has been pushed yet.',
    noneOf: (path: string) => `No commit has changed ${path}.`,
    older: 'Show older commits',
    loading: 'Loading',
  },

  change: {
    added: 'New',
    deleted: 'Deleted',
    renamed: 'Renamed',
    whole: 'Whole file',
    binary: 'Its bytes have changed; they are no text.',
    tooLong: 'This change is too long to be shown here.',
    sameText: 'Its text is the same.',
    parent: (commit: ReactNode) => <>parent {commit}</>,
    commit: (sha: string) => `commit ${sha}`,
    files: (count: number) => `${counted(count, 'file', 'files')} changed`,
    filesAt: 'Files at this commit',
    oneColumn: 'One column',
    twoColumns: 'Two columns',
    truncated: 'More has changed than is shown here. Clone the Space to see all of it.',
    of: (path: string) => `Changes of ${path}`,
    noDifference: 'There is no difference in its text.',
    nothingHere: 'Nothing on this side',
    manyLines: (count: number) => `${count} lines have changed here.`,
    showThem: 'Show them',
  },

  blame: {
    back: 'Back to the file',
    more: 'The file goes on; git blame in a clone shows all of it.',
    who: (author: string, ago: ReactNode) => (
      <>
        {author}, {ago}
      </>
    ),
  },
}
