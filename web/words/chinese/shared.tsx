import type { Translation } from '../translation.ts'

export const shared: Translation['shared'] = {
  phase: {
    queued: '排队中',
    cloning: '正在取回文件',
    resolving: '正在解析依赖',
    installing: '正在安装',
    starting: '正在启动',
    'health-checking': '健康检查',
  },
  stage: {
    running: '运行中',
    building: '构建中',
    starting: '正在启动',
    asleep: '休眠中',
    paused: '已被作者暂停',
    'build-failed': '构建失败',
    crashed: '已崩溃',
    'card-error': '卡片有错误',
    empty: '尚未推送内容',
    deleting: '正在删除',
  },
  time: {
    since: (exact) => `自 ${exact} 起`,
    now: '刚刚',
    minutesAgo: (count) => `${count} 分钟前`,
    hoursAgo: (count) => `${count} 小时前`,
    yesterday: '昨天',
    daysAgo: (count) => `${count} 天前`,
    weeksAgo: (count) => `${count} 周前`,
    yearsAgo: (count) => `${count} 年前`,
  },
}
