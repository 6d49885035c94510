// A reporter for `node --test` that writes what test/run.mjs needs as one JSON object: how many tests passed and failed,
// and in which files at least one ran. Skipped and unfinished tests count as failed: the project has none.
export default async function* countReporter(source) {
  const counts = { passed: 0, failed: 0, files: [] }
  const files = new Set()
  for await (const { type, data } of source) {
    if (type !== 'test:pass' && type !== 'test:fail') continue
    // A suite is not a test, and a file without tests is reported as one test that bears the file's name.
    if (data.details?.type === 'suite' && type === 'test:pass') continue
    if (data.name === data.file && type === 'test:pass') continue
    // What failed only because of what is in it would be counted twice.
    if (data.details?.error?.failureType === 'subtestsFailed') continue
    if (data.file) files.add(data.file)
    if (type === 'test:fail' || data.skip !== undefined || data.todo !== undefined) counts.failed += 1
    else counts.passed += 1
  }
  counts.files = [...files]
  yield JSON.stringify(counts)
}
