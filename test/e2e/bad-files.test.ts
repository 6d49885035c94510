/** Files that are no memory, are damaged, or can't be written: each gets its own error and exit code, and stays as it was. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { finish, mainPath, Workspace, type Run } from './support/cli.js'
import { crc32c } from './support/crc32c.js'
import { makeKnowledge } from './support/knowledge.js'

const FIND = ['find', 'knowledge.mv2', '--query', 'price']

/** `knowledge.mv2` with these bytes. */
function write(workspace: Workspace, bytes: Buffer): void {
  writeFileSync(workspace.path('knowledge.mv2'), bytes)
}

/** Runs the command twice, plain and with --json, and checks code, message and that the file's bytes and time did not change. */
async function refused(workspace: Workspace, words: string[], exitCode: number, code: string, message: RegExp): Promise<void> {
  const path = workspace.path('knowledge.mv2')
  const before = statSync(path)
  const bytes = before.isFile() ? readFileSync(path) : undefined
  const plain = await workspace.memvid(words)
  assert.equal(plain.code, exitCode, plain.stdout + plain.stderr)
  assert.equal(plain.stdout, '')
  assert.ok(plain.stderr.startsWith(`error[${code}]: `), plain.stderr)
  assert.match(plain.stderr, message)
  const json = await workspace.memvid([...words, '--json'])
  assert.equal(json.code, exitCode)
  assert.equal(json.stdout, '')
  const { error } = JSON.parse(json.stderr) as { error: { code: string; message: string } }
  assert.equal(error.code, code)
  assert.equal(statSync(path).mtimeMs, before.mtimeMs)
  if (bytes) assert.ok(readFileSync(path).equals(bytes), 'the bytes are as before')
}

test('files of another kind are named', async (t) => {
  const workspace = new Workspace(t)
  const kinds: [Buffer, string, RegExp][] = [
    [Buffer.alloc(0), 'NotMv2', /empty|zero|no bytes/i],
    [Buffer.from('PK\x03\x04'.padEnd(5000, 'x')), 'NotMv2', /zip/i],
    [Buffer.from('SQLite format 3\0'.padEnd(5000, '\0')), 'NotMv2', /sqlite/i],
    [Buffer.from('%PDF-1.7\n'.padEnd(5000, ' ')), 'NotMv2', /pdf/i],
    [Buffer.concat([Buffer.from('MV2\0'), Buffer.alloc(5000)]), 'NotMv2', /memvid|import/i],
    [Buffer.from('just some notes\n'.repeat(400)), 'NotMv2', /mv2/i],
    [Buffer.from('894d56320d0a1a0a', 'hex'), 'Truncated', /4096|header/i],
  ]
  for (const [bytes, code, message] of kinds) {
    write(workspace, bytes)
    await refused(workspace, FIND, 4, code, message)
  }
})

test('a folder, a FIFO, a socket and a device are refused without waiting', async (t) => {
  const workspace = new Workspace(t)
  mkdirSync(workspace.path('folder.mv2'))
  await workspace.shell('mkfifo fifo.mv2')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(workspace.path('socket.mv2'), resolve))
  t.after(() => server.close())
  for (const path of ['folder.mv2', 'fifo.mv2', 'socket.mv2', '/dev/zero']) {
    const run = await workspace.memvid(['stats', path])
    assert.equal(run.code, 4, `${path}: ${run.stderr}`)
    assert.match(run.stderr, /^error\[NotAFile\]: /)
  }
})

test('a missing file says how to make one, and create never replaces one', async (t) => {
  const workspace = new Workspace(t)
  const missing = await workspace.memvid(FIND)
  assert.equal(missing.code, 6)
  assert.match(missing.stderr, /^error\[NotFound\]: [^]*\nhint: .*create/)
  await workspace.ok('create', 'knowledge.mv2')
  await refused(workspace, ['create', 'knowledge.mv2'], 1, 'AlreadyExists', /never replaces/)
})

test('create does not follow a symbolic link, open does', async (t) => {
  const workspace = new Workspace(t)
  symlinkSync('nowhere.mv2', workspace.path('dangling.mv2'))
  assert.equal((await workspace.memvid(['create', 'dangling.mv2'])).code, 1)
  await workspace.ok('create', 'real.mv2')
  symlinkSync('real.mv2', workspace.path('link.mv2'))
  assert.match(await workspace.ok('stats', 'link.mv2'), /^frame_count +0$/m)
})

test('a cut file opens at its last whole commit and says what is left over', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const whole = readFileSync(workspace.path('knowledge.mv2'))
  writeFileSync(workspace.path('note.txt'), 'A last note about the price of tea.')
  await workspace.ok('put', 'knowledge.mv2', '--input', 'note.txt')
  const longer = readFileSync(workspace.path('knowledge.mv2'))
  assert.ok(longer.subarray(0, whole.length).equals(whole), 'what was committed is never overwritten')
  const torn = longer.subarray(whole.length, whole.length + 100)
  write(workspace, Buffer.concat([whole, torn]))
  const stats = await workspace.json<{ torn_bytes: number; frame_count: number }>('stats', 'knowledge.mv2')
  // Zeros at the end of a file are nothing.
  assert.deepEqual([stats.torn_bytes, stats.frame_count], [torn.findLastIndex((byte) => byte !== 0) + 1, 41])
  await workspace.ok('put', 'knowledge.mv2', '--input', 'note.txt')
  assert.match(await workspace.ok('verify', 'knowledge.mv2'), /^OK: /)
})

test('a newer version and an unknown feature are refused by name', async (t) => {
  const workspace = new Workspace(t)
  await workspace.ok('create', 'knowledge.mv2')
  const bytes = readFileSync(workspace.path('knowledge.mv2'))
  const patched = (patch: (header: Buffer) => void): Buffer => {
    const copy = Buffer.from(bytes)
    patch(copy)
    copy.writeUInt32LE(crc32c(copy.subarray(0, 4092)), 4092)
    return copy
  }
  write(
    workspace,
    patched((header) => header.writeUInt16LE(9, 8)),
  )
  await refused(workspace, FIND, 7, 'Unsupported', /\b9\b/)
  write(
    workspace,
    patched((header) => header.writeBigUInt64LE(1n << 40n, 32)),
  )
  await refused(workspace, FIND, 7, 'Unsupported', /feature|incompat/i)
})

test('a flipped bit in the header is refused, one in a document is found', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  // Bytes of the newest commit that don't check may be those of a crash; bytes with commits after them can't.
  writeFileSync(workspace.path('note.txt'), 'A last note about the price of tea.')
  for (const title of ['one', 'two']) await workspace.ok('put', 'knowledge.mv2', '--input', 'note.txt', '--title', title)
  const bytes = readFileSync(workspace.path('knowledge.mv2'))
  const flipped = (offset: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[offset] = (copy[offset] ?? 0) ^ 1
    return copy
  }
  write(workspace, flipped(1000))
  await refused(workspace, FIND, 1, 'Corrupt', /salvage/)
  write(workspace, flipped(8192))
  const verified = await workspace.memvid(['verify', 'knowledge.mv2'])
  assert.equal(verified.code, 3, verified.stdout + verified.stderr)
  assert.match(verified.stdout, /^Corrupt at byte \d+: [^]*^DAMAGED: /m)
})

test('a writer that holds the lock is named', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  // The lock is byte 2^62 (format-spec/04); Python reaches it without a package.
  const holder = spawn('python3', [
    '-c',
    'import fcntl,sys,time\nf=open(sys.argv[1],"r+b")\nfcntl.lockf(f,fcntl.LOCK_EX,1,1<<62)\nprint("held",flush=True)\ntime.sleep(600)',
    workspace.path('knowledge.mv2'),
  ])
  t.after(() => holder.kill('SIGKILL'))
  await new Promise((resolve) => holder.stdout.once('data', resolve))
  writeFileSync(workspace.path('note.txt'), 'A note.')
  await refused(workspace, ['put', 'knowledge.mv2', '--input', 'note.txt'], 5, 'Locked', /lock|writer/i)
  assert.equal((await workspace.memvid(FIND)).code, 0, 'readers never wait')
})

test('without space the put is refused, and what was committed stays', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  const { size } = statSync(workspace.path('knowledge.mv2'))
  // Text that does not compress, so that it can't fit into what is left.
  const text = Array.from({ length: 40_000 }, (_, index) => Math.sin(index).toString(36).slice(3)).join(' ')
  writeFileSync(workspace.path('large.txt'), text)
  const limit = Math.ceil(size / 1024) + 8
  const run = await workspace.shell(`trap '' XFSZ; ulimit -f ${limit}; exec memvid put knowledge.mv2 --input large.txt`)
  assert.equal(run.code, 6, run.stdout + run.stderr)
  assert.match(run.stderr, /^error\[NoSpace\]: /)
  assert.match(await workspace.ok('verify', 'knowledge.mv2'), /^OK: /)
  assert.match(await workspace.ok('put', 'knowledge.mv2', '--input', 'large.txt'), /^Stored frame 41 /)
})

test('a file that may not be written can be read, and says so at the first write', async (t) => {
  const workspace = new Workspace(t)
  await makeKnowledge(workspace)
  chmodSync(workspace.path('knowledge.mv2'), 0o444)
  // Root writes to anything unless it gives up that capability.
  const asOther = (words: string[]): Promise<Run> => {
    const command =
      process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override,-dac_read_search', process.execPath] : [process.execPath]
    const child = spawn(command[0] ?? '', [...command.slice(1), mainPath, ...words], {
      cwd: workspace.folder,
      env: workspace.environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return finish(child)
  }
  const found = await asOther(FIND)
  assert.equal(found.code, 0, found.stderr)
  writeFileSync(workspace.path('note.txt'), 'A note.')
  const put = await asOther(['put', 'knowledge.mv2', '--input', 'note.txt'])
  assert.equal(put.code, 8, put.stderr)
  assert.match(put.stderr, /^error\[(ReadOnly|PermissionDenied)\]: /)
})
