// Bundles the dashboard and writes it as one C++ file, which becomes part of the binary: node build.mjs OUT.cpp
import {build} from 'esbuild';
import {readFileSync, writeFileSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const types = {html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml'};

const bundle = await build({
  absWorkingDir: here,
  entryPoints: {app: 'src/main.tsx', icon: 'src/icon.svg'},
  entryNames: '[name]-[hash]',
  outdir: 'assets',
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: {'.svg': 'copy'},
  legalComments: 'none',
});
const files = bundle.outputFiles.map(file => ({path: `/assets/${basename(file.path)}`, bytes: Buffer.from(file.contents)}));
const asset = (name, type) => files.find(file => basename(file.path).startsWith(`${name}-`) && file.path.endsWith(`.${type}`)).path;
const page = readFileSync(join(here, 'src/index.html'), 'utf8')
  .replace('{{script}}', asset('app', 'js')).replace('{{style}}', asset('app', 'css')).replace('{{icon}}', asset('icon', 'svg'));
files.push({path: '/', bytes: Buffer.from(page)});

// Octal escapes always have three digits, so that no digit after them is taken in.
const escape = byte => byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}`
  : byte >= 0x20 && byte < 0x7f && byte !== 0x3f ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
function literal(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 100) lines.push(`"${[...bytes.subarray(at, at + 100)].map(escape).join('')}"`);
  return lines.join('\n');
}
const entry = ({path, bytes}) =>
  `{"${path}", "${types[path === '/' ? 'html' : path.split('.').pop()]}", std::string_view(\n${literal(bytes)}, ${bytes.length})},\n`;

writeFileSync(process.argv[2], `// Made by operator/http/dashboard/build.mjs.
#include "operator/http/dashboard_assets.hpp"
namespace spillway::http {
namespace {
constexpr Asset kAssets[] = {
${files.map(entry).join('')}};
}  // namespace
std::span<const Asset> dashboard_assets() { return kAssets; }
}  // namespace spillway::http
`);
