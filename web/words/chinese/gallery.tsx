import type { Translation } from '../translation.ts'

export const gallery: Translation['gallery'] = {
  title: 'Spaces',
  titleBy: (author) => `${author} 的 Spaces`,
  heading: (total, author) => {
    const spaces = total ? `${total} 个 Space` : 'Spaces'
    return author ? `${author} 的 ${spaces}` : spaces
  },
  headingRunning: (heading, mark, running) => (
    <>
      {heading}，
      <em>
        {mark}
        {running} 个正在运行
      </em>
    </>
  ),
  searchBy: '标题、作者、标签或模型',
  noMatch: (filters) => `没有符合条件的 Space：${filters.join('、')}。`,
  without: (filter) => `去掉 ${filter}`,
  trending: '热门',
  featured: '精选',
  featuredBy: (name) => `${name} 精选`,
  arrived: (count) => `${count} 个新 Space`,
  more: '显示更多',
  loading: '正在加载',
  everything: '你能看到的 Space 都在这里了。',
  all: '全部显示完了。',
  create: '新建一个',
  none: '还没有 Space。新建一个，然后把仓库推送上来。',
  createSpace: '新建 Space',
  startFrom: '或者从模板开始',
  signInToCreate: '登录后新建',
  status: {
    running: '运行中',
    building: '构建中',
    sleeping: '休眠中',
    failed: '失败',
    paused: '已暂停',
    empty: '尚未推送内容',
  },
  sort: { '': '热门', likes: '点赞最多', new: '最新创建', changed: '最近更新' },
  quoted: (search) => `“${search}”`,
  onHardware: (hardware) => `硬件 ${hardware}`,
  tagged: (tag) => `标签 ${tag}`,
  withModel: (model) => `模型 ${model}`,
  byAuthor: (author) => `作者 ${author}`,
  likedByYou: '你点赞的',
  filters: {
    label: '筛选和排序',
    filter: '筛选',
    all: '全部',
    mine: '我的',
    liked: '点赞的',
    by: (author) => `作者 ${author}`,
    sortedBy: (sort) => `排序：${sort}`,
    sort: '排序',
    status: '状态',
    sdk: 'SDK',
    hardware: '硬件',
    tag: '标签',
    model: '模型',
    author: '作者',
    counting: '正在统计',
    noTag: '这里没有带标签的 Space。',
    noModel: '这里没有注明模型的 Space。',
    noAuthor: '还没有作者。',
    match: (total) => `${total} 个符合条件。`,
    clear: '清除',
    show: (total) => `显示 ${total} 个 Space`,
  },
  peek: {
    waking: '正在唤醒',
    onlyOwner: (owner) => `只有 ${owner} 能重新启动它。`,
    previous: '上一个 Space',
    next: '下一个 Space',
    open: '打开',
  },
}
