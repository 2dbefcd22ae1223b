/** git's settings, the same for every repository (pure). Nobody else's are read: see the environment in git.ts. */

/** For the `.gitconfig` of git's HOME, where any git version takes `safe.directory` from. The parameters are absolute folders. */
export function settings(hooks: string, template: string): string {
  return `# Written by Plaza at every start.
[core]
	hooksPath = ${quoted(hooks)}
	# A push that was acknowledged survives a power cut.
	fsync = objects,derived-metadata,reference
	# Where main has been is kept, so that a roll back finds its commit after a forced push.
	logAllRefUpdates = true
	bigFileThreshold = 16m
[init]
	defaultBranch = main
	templateDir = ${quoted(template)}
[user]
	name = Plaza
	email = plaza@localhost
[safe]
	directory = *
[protocol]
	allow = never
[transfer]
	fsckObjects = true
	# One pack a push: two files to make durable instead of one an object.
	unpackLimit = 1
	hideRefs = refs/plaza
[receive]
	autogc = false
	denyDeleteCurrent = refuse
	denyNonFastForwards = false
	keepAlive = 5
# Old and harmless faults that repositories in the wild carry; GitHub takes them too.
[receive "fsck"]
	badTimezone = ignore
	missingEmail = ignore
	missingNameBeforeEmail = ignore
	missingSpaceBeforeDate = ignore
	missingSpaceBeforeEmail = ignore
	zeroPaddedDate = ignore
	zeroPaddedFilemode = ignore
	hasDot = error
	hasDotdot = error
	hasDotgit = error
[uploadpack]
	allowFilter = true
	keepAlive = 5
[pack]
	threads = 2
	windowMemory = 128m
[gc]
	auto = 0
	autoDetach = false
	autoPackLimit = 50
	cruftPacks = true
	pruneExpire = never
	reflogExpire = never
	reflogExpireUnreachable = never
[maintenance]
	auto = false
`
}

function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}
