// Bundles the tests (TypeScript) and runs them with Node's own test runner: node run.mjs
import {createRequire} from 'node:module';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {spawnSync} from 'node:child_process';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dashboard = join(here, '../../../../operator/http/dashboard');
const {buildSync} = createRequire(join(dashboard, 'package.json'))('esbuild');
const out = mkdtempSync(join(tmpdir(), 'dashboard-'));
try {
  const tests = readdirSync(here).filter(name => name.endsWith('.test.ts')).map(name => join(here, name));
  buildSync({entryPoints: tests, outdir: out, bundle: true, platform: 'node', format: 'cjs', outExtension: {'.js': '.cjs'}, nodePaths: [join(dashboard, 'node_modules')],
    define: {REPOSITORY: JSON.stringify(join(here, '../../../..'))}});
  const run = spawnSync(process.execPath, ['--test', ...readdirSync(out).map(name => join(out, name))], {stdio: 'inherit'});
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(out, {recursive: true});
}
