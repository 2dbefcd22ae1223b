import type { Translation } from '../translation.ts'

export const files: Translation['files'] = {
  editor: {
    Find: '查找',
    Replace: '替换',
    next: '下一个',
    previous: '上一个',
    all: '全选',
    'match case': '区分大小写',
    'by word': '全字匹配',
    regexp: '正则表达式',
    replace: '替换',
    'replace all': '全部替换',
    close: '关闭',
    'current match': '当前匹配项',
    'on line': '位于行',
    'replaced match on line $': '已替换第 $ 行的匹配项',
    'replaced $ matches': '已替换 $ 处匹配项',
    'Go to line': '转到行',
    go: '转到',
    'Fold line': '折叠此行',
    'Unfold line': '展开此行',
    'Folded lines': '已折叠第',
    'Unfolded lines': '已展开第',
    to: '至',
    'folded code': '已折叠的代码',
    unfold: '展开',
    'Control character': '控制字符',
    Completions: '补全建议',
    'Selection deleted': '已删除所选内容',
  },

  title: {
    file: (path, space) => `${path} · ${space}`,
    files: (space) => `${space} 的文件`,
    edit: (path, space) => `编辑 ${path} · ${space}`,
    newFile: (space) => `新建文件 · ${space}`,
    upload: (space) => `上传到 ${space}`,
    commit: (title, space) => `${title} · ${space}`,
    history: (space) => `${space} 的历史记录`,
    fileHistory: (path, space) => `${path} 的历史记录 · ${space}`,
    blame: (path, space) => `${path} 的逐行追溯 · ${space}`,
  },

  head: {
    revision: (name) => `版本 ${name}`,
    branches: '分支',
    tags: '标签',
    path: '路径',
    history: '历史记录',
  },

  find: {
    open: '查找文件',
    part: '路径中的一部分',
    among: (count, more) => `在 ${count}${more ? '+' : ''} 个文件中查找`,
    none: (typed) => `没有路径包含“${typed}”的文件。`,
    found: '文件',
  },

  tree: {
    label: '文件',
    above: '上级文件夹',
    more: (shown) => `此处只列出 ${shown} 个文件。克隆仓库即可查看全部。`,
    missing: (path, revision) => `${revision} 中没有文件夹 ${path}。`,
    movedOrDeleted: '可能已被移动或删除。',
    add: '添加文件',
    newFile: '新建文件',
    upload: '上传文件',
    remove: '删除此文件夹',
    drop: (folder) => `松开即可上传到 ${folder}`,
    nothingYet: (owner) => `还没有文件。${owner} 推送后，文件会列在这里。`,
    pushSome: '还没有文件。用这三行命令推送一个文件夹，或在此添加文件。',
    lines: '在终端中运行的命令',
    token: 'TOKEN 处填写你的写入令牌。',
    createToken: '创建令牌',
  },

  file: {
    missing: (path, revision) => `${revision} 中没有文件 ${path}。`,
    isFolder: (path) => `${path} 是文件夹。`,
    openFolder: '打开文件夹',
    tooLarge: (name, size) => `${name} 大小为 ${size}，超出页面可以显示的范围。`,
    binary: (name) => `${name} 既不是文本，也不是图片。`,
    empty: '文件为空。',
    downloadIt: '下载文件',
    lines: (count) => `${count} 行`,
    line: (number) => `第 ${number} 行`,
    preview: '预览',
    code: '代码',
    copy: '复制文件内容',
    copyPiece: '复制',
    download: '下载',
    edit: '编辑',
    editTip: '编辑 (e)',
    more: '更多操作',
    raw: '原始文件',
    blame: '逐行追溯',
    address: '此版本的固定链接',
    rename: '重命名或移动',
    remove: '删除',
  },

  footnotes: {
    heading: '脚注',
    back: (mark) => `返回引用 ${mark}`,
  },
  picture: {
    broken: '无法显示此图片，文件可能已损坏。',
    elsewhere: '图片',
  },
  media: {
    unplayable: (name) => `无法播放 ${name}，浏览器可能不支持此格式。`,
  },
  pdf: {
    broken: (name) => `无法显示 ${name}，文件可能已损坏或设有密码。`,
    pages: (count) => `${count} 页`,
    page: (number, of) => `第 ${number} 页，共 ${of} 页`,
    rest: (shown) => `此处只显示前 ${shown} 页。下载后可阅读全文。`,
  },
  task: { done: '已完成', open: '未完成' },
  table: {
    of: (path) => `${path} 的表格`,
    empty: '表格为空。',
    row: '行',
    size: (rows, columns, shown) =>
      shown === undefined ? `${rows} 行，${columns} 列` : `${rows} 行，${columns} 列，仅显示前 ${shown} 列`,
  },
  notebook: {
    output: '输出',
    tooLong: '此输出过长，无法在此显示。',
    cut: '…… 其余内容请查看文件。',
    moreCells: (count) => `其余 ${count} 个单元格请查看文件。`,
    noJson: '此 Notebook 不是有效的 JSON。',
    noFormat: '此文件不是格式 4 的 Notebook。',
  },

  path: {
    empty: '请输入名称。',
    slashes: '斜杠之间的每一段都要有名称。',
    dots: '路径中不能含有 . 或 ..。',
    git: '.git 由 git 专用。',
    control: '路径中不能含有控制字符。',
    taken: (path) => `${path} 已存在。`,
  },

  commit: {
    message: '提交信息',
    description: '详细说明',
    optional: '向查看历史记录的人说明原因',
    button: '提交到 main',
    cancel: '取消',
    busy: '正在提交',
    busyWith: (size) => `正在提交 ${size}`,
    unreadable: '有文件无法读取，可能已被移动。',
    create: (name) => `新建 ${name}`,
    createAny: '新建文件',
    update: (name) => `更新 ${name}`,
    remove: (path) => `删除 ${path}`,
    rename: (from, to) => `将 ${from} 重命名为 ${to}`,
    upload: (path) => `上传 ${path}`,
    uploadMany: (count) => `上传 ${count} 个文件`,
    uploadAny: '上传文件',
  },

  committed: {
    live: (commit, open) => (
      <>
        已提交 {commit}，现已上线。{open}
      </>
    ),
    open: '打开应用',
    failed: (commit, why, read) => (
      <>
        已提交 {commit}。{why} {read}
      </>
    ),
    read: '查看日志',
    building: (commit, follow) => (
      <>
        已提交 {commit}。构建完成并开始响应后，新版本会自动接替。{follow}
      </>
    ),
    follow: '查看构建进度',
  },

  edit: {
    heading: (path) => <>编辑 {path}</>,
    newPath: '新文件的路径',
    content: '文件内容',
    restored: (ago) => <>这是你 {ago}输入但未提交的内容。</>,
    startOver: '重新开始',
    write: '编辑',
    changes: '更改',
    preview: '预览',
    unchanged: '尚无更改。',
    unchangedYet: '尚无更改',
    chooseAbove: '请先在上方选择如何处理冲突',
    notYours: (space) => `只有拥有 ${space} 推送权限的人才能修改文件。`,
    noText: (name) => `${name} 不是文本文件。请在本地修改后推送或上传。`,
    tooLarge: (name, size) => `${name} 大小为 ${size}，超出编辑器的上限。请在本地修改后推送或上传。`,
  },

  conflict: {
    label: '冲突',
    changed: (path) => `你编辑期间，有人在 main 上修改了 ${path}。`,
    deleted: (path) => `你编辑期间，有人在 main 上删除了 ${path}。`,
    who: (author, title, commit, ago) => (
      <>
        {author}：“{title}” {commit}，{ago}。
      </>
    ),
    kept: '你输入的内容已保留在此标签页中。',
    theirs: '期间的更改',
    mine: '与对方版本对照',
    combine: '合并双方更改',
    onTop: '将我的版本提交在后',
    startFromTheirs: '从对方版本重新开始',
  },

  remove: {
    title: (path) => `删除 ${path}`,
    aboutFile: '将构建不含此文件的新版本。历史记录中仍会保留原内容。',
    aboutFolder: '将构建不含此文件夹及其全部内容的新版本。历史记录中仍会保留原内容。',
    keep: '保留',
    file: '删除文件',
    folder: '删除文件夹',
    busy: '正在删除',
  },

  rename: {
    title: (path) => `重命名 ${path}`,
    about: '在新路径中加入斜杠，即可移动到文件夹中。',
    path: '路径',
    same: '请先输入不同的路径',
    button: '重命名文件',
    busy: '正在重命名',
  },

  upload: {
    heading: (folder) => <>上传到 {folder}</>,
    notYours: (space) => `只有拥有 ${space} 推送权限的人才能上传文件。`,
    drop: '将文件或文件夹拖到此处',
    chooseFiles: '选择文件',
    chooseFolder: '选择文件夹',
    files: '文件',
    folder: '文件夹',
    list: '待上传的文件',
    replaces: '将替换现有文件',
    leaveOut: (path) => `不上传 ${path}`,
    leaveOutTip: '不上传此文件',
    andMore: (count) => `另有 ${count} 个`,
    refused: (path, why) => `${path}（${why.replace(/。$/, '')}）`,
    leftOut: (paths, more) => `未包含：${paths.join('、')}${more > 0 ? `，另有 ${more} 个` : ''}`,
    tooMany: (most, count) => `一次最多上传 ${most} 个文件，当前为 ${count} 个。请用 git 推送。`,
    tooLarge: (most) => `一次最多上传 ${most}。更大的文件请用 git 推送。`,
    none: '请先选择文件',
    moved: '期间有人向 main 提交了更改。',
    commitAgain: '再次提交，即可将这些文件提交在其后。',
  },

  history: {
    noMessage: '无提交信息',
    live: '运行中',
    copyHash: '复制完整哈希值',
    fileAt: '此提交中的该文件',
    filesAt: '此提交中的文件',
    none: '还没有推送过提交。',
    noneOf: (path) => `没有提交更改过 ${path}。`,
    older: '显示更早的提交',
    loading: '正在加载',
  },

  change: {
    added: '新增',
    deleted: '已删除',
    renamed: '已重命名',
    whole: '完整文件',
    binary: '内容已更改，但不是文本，无法对比。',
    tooLong: '此更改过长，无法在此显示。',
    sameText: '文本内容相同。',
    parent: (commit) => <>父提交 {commit}</>,
    commit: (sha) => `提交 ${sha}`,
    files: (count) => `更改了 ${count} 个文件`,
    filesAt: '此提交中的文件',
    oneColumn: '单栏',
    twoColumns: '双栏',
    truncated: '还有更多更改未在此显示。克隆此 Space 即可查看全部。',
    of: (path) => `${path} 的更改`,
    noDifference: '文本内容没有差异。',
    nothingHere: '此侧无内容',
    manyLines: (count) => `此处有 ${count} 行更改。`,
    showThem: '显示更改',
  },

  blame: {
    back: '返回文件',
    more: '文件未完。在克隆的仓库中运行 git blame 可查看全部。',
    who: (author, ago) => (
      <>
        {author}，{ago}
      </>
    ),
  },
}
