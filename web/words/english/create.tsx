import type { ReactNode } from 'react'
import { counted } from '../language.ts'

const template: Record<string, { title: string; about: string }> = {
  'gradio-chat': { title: 'Gradio chat', about: 'A chat with streamed answers, to put your model behind.' },
  'gradio-image': { title: 'Gradio image', about: 'A picture in, a picture out, with sliders.' },
  'streamlit-dashboard': { title: 'Streamlit dashboard', about: 'A table, its figures and charts to filter.' },
  'fastapi-websocket': { title: 'FastAPI and websockets', about: 'Everybody sees at once what one person does.' },
  'static-page': { title: 'Static page', about: 'Three files, no process, always awake.' },
  docker: { title: 'Docker', about: 'A Dockerfile of your own, for any language.' },
}

const files = (count: number) => counted(count, 'file', 'files')
const commits = (count: number) => counted(count, 'commit', 'commits')

export const create = {
  title: 'New Space',
  about:
    'A Space is a git repository that runs. Choose what it begins with, name it, and it is live at an address of its own.',
  waysLabel: 'What it begins with',
  ways: { template: 'Template', git: 'Git address', folder: 'Folder', dockerfile: 'Dockerfile', empty: 'Empty' },

  name: {
    label: 'Name',
    help: 'Part of its address, and what git pushes to.',
    missing: 'Give it a name: it becomes part of the address.',
    letters: 'Use letters, digits, - _ and . only.',
    long: 'Use 96 characters at most.',
    dots: 'Without “..”, and without .git at the end.',
    taken: 'You have a Space of this name already.',
    free: (id: string) => `${id} is free.`,
  },
  visibility: {
    legend: 'Who can see it',
    public: 'Public',
    publicAbout: 'Everybody can open the app and see its files.',
    private: 'Private',
    privateAbout: 'Only you and administrators can see it.',
  },
  hardware: {
    label: 'Hardware',
    one: (name: string, figures: readonly string[]) => `${name}: ${figures.join(', ')}`,
    disk: (size: string) => `${size} disk`,
    gpus: (count: number, model: string | undefined) => `${count} × ${model ?? 'GPU'}`,
    none: 'A static Space needs none.',
  },
  license: {
    label: 'Licence',
    none: 'None chosen',
    kept: 'As its card says',
  },
  submit: 'Create Space',
  creating: 'Creating',
  follow: 'It starts to build at once. The next page shows how far it is.',

  template: {
    legend: 'Template',
    first: 'Choose a template first',
    words: template,
    files,
    cannot: 'This Plaza has no container engine.',
    cannotFor: (reason: string) => `Not on this Plaza: ${reason}`,
  },

  git: {
    label: 'Address of a repository',
    placeholder: 'https://example.org/team/demo.git',
    help: 'A public address that begins with https://. All of its commits come along, with their authors.',
    branch: 'Branch',
    branchPlaceholder: 'its main one',
    fetch: 'Fetch it',
    fetching: 'Fetching',
    another: 'Fetch another',
    stop: 'Stop',
    step: { connecting: 'Asking the server', receiving: 'Receiving', checking: 'Checking what came' },
    bytes: (size: string) => `${size} so far`,
    here: (source: string): ReactNode => (
      <>
        Here from <b>{source}</b>
      </>
    ),
    counts: (all: number, count: number, size: string) => `${commits(all)}, ${files(count)}, ${size}.`,
    latest: (title: string, author: string) => `The newest is “${title}” by ${author}.`,
    pointers: (count: number) =>
      `${counted(count, 'large file lies', 'large files lie')} on an LFS server and did not come along. The app will find a pointer in its place.`,
    submodules: (count: number) => `${counted(count, 'submodule was', 'submodules were')} left out.`,
    first: 'Fetch the repository first',
  },

  folder: {
    drop: 'Drop a folder or files here',
    files: 'Choose files',
    folder: 'Choose a folder',
    filesLabel: 'Files',
    folderLabel: 'Folder',
    list: 'Files of the new Space',
    counts: (count: number, size: string, most: string) => `${files(count)}, ${size} of ${most} at most`,
    leaveOut: (path: string) => `Leave out ${path}`,
    leaveOutTip: 'Leave it out',
    startAgain: 'Start again',
    leftOut: (paths: string, more: number) =>
      more > 0 ? `Left out: ${paths} and ${more} more.` : `Left out: ${paths}.`,
    more: (count: number) => `and ${files(count)} more`,
    first: 'Choose a folder first',
    reading: 'Reading the files',
    sent: (done: number, all: number) => `${done} of ${all} files sent`,
    sending: (size: string, all: string) => `Sending ${size} of ${all}`,
    recording: 'Making the commit',
    again: 'Send the files again',
    there: (id: string): ReactNode => (
      <>
        <b>{id}</b> is there and still empty. The files are all still here.
      </>
    ),
    summary: 'First version',
    unanswered: 'The connection broke off while the files were sent.',
    tryAgain: 'Try again.',
    card: 'the card',
  },

  dockerfile: {
    label: 'Dockerfile',
    help: 'Paste it here, or drop it below with what it copies. Variables reach its ARG lines, secrets its RUN --mount=type=secret lines.',
    port: 'Port that the app listens on',
    portHelp: (port: string) => `EXPOSE says ${port}.`,
    portUsual: 'Written into the card as app_port.',
    portRule: 'A whole number from 1 to 65535.',
    files: 'Files that it copies',
    drop: 'Drop a Dockerfile, files or a folder here',
    first: 'Paste a Dockerfile first',
    noFrom: 'No line begins with FROM, and a Dockerfile needs one.',
    ownCard: 'README.md brings its own card, which is taken as it is: it decides the SDK and the port.',
    missing: 'This Plaza has no container engine, so it builds no Dockerfile.',
    missingRemedy: (doctor: ReactNode): ReactNode => (
      <>
        Whoever runs it can install Docker on its machine, or set DOCKER_HOST, and start Plaza again; {doctor} says what
        it finds. A Python app needs none of it:
      </>
    ),
    folderInstead: 'begin from its folder',
    engineFirst: 'There is no container engine here',
  },

  empty: {
    legend: 'What it is made with',
    gradio: 'Gradio or Python',
    gradioAbout: 'app.py with Gradio, FastAPI, or any server of its own.',
    streamlit: 'Streamlit',
    streamlitAbout: 'app.py that Streamlit runs.',
    static: 'Static',
    staticAbout: 'index.html and what belongs to it. No process, always awake.',
    docker: 'Docker',
    dockerAbout: 'A Dockerfile that you push, for any language.',
    lines: 'Lines for your terminal',
    afterwards: 'Then these three lines push a folder of yours to it. The next page makes the token that they need.',
    follow: 'It is empty at first. The next page shows the three lines that push to it.',
  },

  found: {
    heading: 'What will run',
    sdk: 'SDK',
    app: 'Starts with',
    packages: 'Packages',
    title: 'Title',
    fromRequirements: 'requirements.txt',
    fromDockerfile: 'Dockerfile',
    fromSdk: (name: string) => `${name}, by the card`,
    noPackages: 'None',
    problem: 'It would not run as it is.',
    later: 'You can create it all the same and mend it then.',
    docker: 'It needs a container engine, and this Plaza has none.',
    nothing: 'No app.py and no index.html was found. Say what it is made with.',
  },
  card: {
    heading: 'A card for its README',
    missing:
      'There is no card yet, so the platform cannot know how to start it. This one is added as a commit of yours.',
    title: 'Title',
    emoji: 'Emoji',
    from: 'Colour',
    to: 'Second colour',
    sdk: 'Made with',
    app: 'Starts with',
    port: 'Port',
    byFile: (file: string) => `As ${file} says`,
    itself: (file: string) =>
      `There is no card yet. The platform reads ${file} for how to start it; this card gives it a title and colours, and is added as a commit of yours.`,
    sdks: { gradio: 'Gradio or Python', streamlit: 'Streamlit', static: 'Static', docker: 'Docker' },
    colours: {
      red: 'Red',
      yellow: 'Yellow',
      green: 'Green',
      blue: 'Blue',
      indigo: 'Indigo',
      purple: 'Purple',
      pink: 'Pink',
      gray: 'Gray',
    } as Record<string, string>,
  },
}
