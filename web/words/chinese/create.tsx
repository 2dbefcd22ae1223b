import type { Translation } from '../translation.ts'

const template: Record<string, { title: string; about: string }> = {
  'gradio-chat': { title: 'Gradio 聊天', about: '流式回答的聊天界面，接上你的模型即可。' },
  'gradio-image': { title: 'Gradio 图像', about: '输入一张图，输出一张图，附带滑块。' },
  'streamlit-dashboard': { title: 'Streamlit 仪表盘', about: '一张表格，以及可筛选的指标与图表。' },
  'fastapi-websocket': { title: 'FastAPI 与 WebSocket', about: '一个人的操作，所有人立刻看到。' },
  'static-page': { title: '静态页面', about: '三个文件，没有进程，永不休眠。' },
  docker: { title: 'Docker', about: '自带 Dockerfile，任何语言都可以。' },
}

const files = (count: number) => `${count} 个文件`

export const create: Translation['create'] = {
  title: '新建 Space',
  about: 'Space 是一个会运行的 git 仓库。选择从什么开始，取个名字，它就会在自己的地址上线。',
  waysLabel: '从什么开始',
  ways: { template: '模板', git: 'Git 地址', folder: '文件夹', dockerfile: 'Dockerfile', empty: '空白' },

  name: {
    label: '名称',
    help: '它是地址的一部分，也是 git 推送的目标。',
    missing: '请取一个名称，它会成为地址的一部分。',
    letters: '只能使用字母、数字以及 - _ 和 .',
    long: '最多 96 个字符。',
    dots: '不能包含“..”，也不能以 .git 结尾。',
    taken: '你已有同名的 Space。',
    free: (id) => `${id} 可以使用。`,
  },
  visibility: {
    legend: '谁可以看到',
    public: '公开',
    publicAbout: '所有人都可以打开应用并查看文件。',
    private: '私有',
    privateAbout: '只有你和管理员可以看到。',
  },
  hardware: {
    label: '硬件',
    one: (name, figures) => `${name}：${figures.join('，')}`,
    disk: (size) => `${size} 磁盘`,
    gpus: (count, model) => `${count} × ${model ?? 'GPU'}`,
    none: '静态 Space 不需要硬件。',
  },
  license: {
    label: '许可证',
    none: '未选择',
    kept: '以卡片为准',
  },
  submit: '创建 Space',
  creating: '正在创建',
  follow: '创建后立即开始构建，下一页会显示进度。',

  template: {
    legend: '模板',
    first: '请先选择模板',
    words: template,
    files,
    cannot: '此 Plaza 没有容器引擎。',
    cannotFor: (reason) => `此 Plaza 无法运行：${reason}`,
  },

  git: {
    label: '仓库地址',
    placeholder: 'https://example.org/team/demo.git',
    help: '以 https:// 开头的公开地址。全部提交及其作者都会一并导入。',
    branch: '分支',
    branchPlaceholder: '默认分支',
    fetch: '获取',
    fetching: '正在获取',
    another: '获取另一个',
    stop: '停止',
    step: { connecting: '正在询问服务器', receiving: '正在接收', checking: '正在检查收到的内容' },
    bytes: (size) => `已收到 ${size}`,
    here: (source) => (
      <>
        已从 <b>{source}</b> 获取
      </>
    ),
    counts: (all, count, size) => `${all} 个提交，${files(count)}，${size}。`,
    latest: (title, author) => `最新提交是 ${author} 的“${title}”。`,
    pointers: (count) => `${count} 个大文件存放在 LFS 服务器上，没有一并导入，应用只会找到指针文件。`,
    submodules: (count) => `已略过 ${count} 个子模块。`,
    first: '请先获取仓库',
  },

  folder: {
    drop: '将文件夹或文件拖到这里',
    files: '选择文件',
    folder: '选择文件夹',
    filesLabel: '文件',
    folderLabel: '文件夹',
    list: '新 Space 的文件',
    counts: (count, size, most) => `${files(count)}，${size}，上限 ${most}`,
    leaveOut: (path) => `略过 ${path}`,
    leaveOutTip: '略过',
    startAgain: '重新选择',
    leftOut: (paths, more) => (more > 0 ? `已略过：${paths}，以及另外 ${more} 项。` : `已略过：${paths}。`),
    more: (count) => `以及另外 ${files(count)}`,
    first: '请先选择文件夹',
    reading: '正在读取文件',
    sent: (done, all) => `已发送 ${done} / ${all} 个文件`,
    sending: (size, all) => `正在发送 ${size} / ${all}`,
    recording: '正在创建提交',
    again: '重新发送文件',
    there: (id) => (
      <>
        <b>{id}</b> 已创建，但仍为空。文件都还在这里。
      </>
    ),
    summary: '第一个版本',
    unanswered: '发送文件时连接中断。',
    tryAgain: '请重试。',
    card: '卡片',
  },

  dockerfile: {
    label: 'Dockerfile',
    help: '粘贴到这里，或与它复制的文件一起拖到下方。变量可供其 ARG 行使用，密钥可供其 RUN --mount=type=secret 行使用。',
    port: '应用监听的端口',
    portHelp: (port) => `EXPOSE 声明的是 ${port}。`,
    portUsual: '会作为 app_port 写入卡片。',
    portRule: '请填写 1 到 65535 之间的整数。',
    files: '它复制的文件',
    drop: '将 Dockerfile、文件或文件夹拖到这里',
    first: '请先粘贴 Dockerfile',
    noFrom: '没有以 FROM 开头的行，而 Dockerfile 必须有一行。',
    ownCard: 'README.md 自带卡片，将原样使用：SDK 和端口由它决定。',
    missing: '此 Plaza 没有容器引擎，因此无法构建 Dockerfile。',
    missingRemedy: (doctor) => (
      <>
        平台管理者可以在机器上安装 Docker 或设置 DOCKER_HOST，然后重新启动 Plaza；{doctor} 会显示检测结果。Python
        应用不需要它：
      </>
    ),
    folderInstead: '从文件夹开始',
    engineFirst: '这里没有容器引擎',
  },

  empty: {
    legend: '使用什么构建',
    gradio: 'Gradio 或 Python',
    gradioAbout: '使用 Gradio、FastAPI 或任意服务器的 app.py。',
    streamlit: 'Streamlit',
    streamlitAbout: '由 Streamlit 运行的 app.py。',
    static: '静态',
    staticAbout: 'index.html 及其资源。没有进程，永不休眠。',
    docker: 'Docker',
    dockerAbout: '推送自己的 Dockerfile，任何语言都可以。',
    lines: '在终端中运行的命令',
    afterwards: '之后用这三行命令推送你的文件夹。下一页会生成所需的令牌。',
    follow: '一开始是空的。下一页会显示推送用的三行命令。',
  },

  found: {
    heading: '将要运行的内容',
    sdk: 'SDK',
    app: '启动文件',
    packages: '依赖包',
    title: '标题',
    fromRequirements: 'requirements.txt',
    fromDockerfile: 'Dockerfile',
    fromSdk: (name) => `${name}，由卡片指定`,
    noPackages: '无',
    problem: '按现状无法运行。',
    later: '仍可先创建，之后再修复。',
    docker: '它需要容器引擎，而此 Plaza 没有。',
    nothing: '没有找到 app.py 或 index.html。请说明它使用什么构建。',
  },
  card: {
    heading: 'README 的卡片',
    missing: '还没有卡片，平台无法知道如何启动。下面这张会作为你的一个提交加入。',
    title: '标题',
    emoji: '表情符号',
    from: '颜色',
    to: '第二种颜色',
    sdk: '使用什么构建',
    app: '启动文件',
    port: '端口',
    byFile: (file) => `以 ${file} 为准`,
    itself: (file) => `还没有卡片。平台会根据 ${file} 决定如何启动；这张卡片只提供标题和颜色，会作为你的一个提交加入。`,
    sdks: { gradio: 'Gradio 或 Python', streamlit: 'Streamlit', static: '静态', docker: 'Docker' },
    colours: {
      red: '红色',
      yellow: '黄色',
      green: '绿色',
      blue: '蓝色',
      indigo: '靛蓝',
      purple: '紫色',
      pink: '粉色',
      gray: '灰色',
    },
  },
}
