/** Without JSX, since the server reads it too. */
import type { StageWord } from '../../parts/stage-word.ts'

export const stage: Record<StageWord, string> = {
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
}
