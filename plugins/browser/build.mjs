// Bundles src/ into vcore/serve/static, with the licences of what is bundled and a stamp of checksums
// (tests/test_serve_viewer.py compares it): npm ci && npm run build.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "..", "vcore", "serve", "static");
process.chdir(here);

const shared = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  metafile: true,
  outdir: out,
  // the server sends plain or zstd chunks, and fzstd decodes zstd without WebAssembly, which the
  // content security policy of the pages forbids
  alias: Object.fromEntries(
    ["blosc", "lz4", "zstd"].map((name) => [`numcodecs/${name}`, "./src/absent.js"]),
  ),
};
const results = [
  await esbuild.build({
    ...shared,
    entryPoints: ["src/viewer.js", "src/index.js", "src/volume.js"],
    external: ["./volume.js"], // loaded when a volume is first rendered
  }),
  await esbuild.build({ ...shared, entryPoints: ["src/style.css"] }),
];
writeFileSync(join(out, "icon.svg"), readFileSync("src/icon.svg"));

const inputs = results.flatMap((r) => Object.keys(r.metafile.inputs));
const owner = /node_modules\/((?:@[^/]+\/)?[^/]+)\//;
const packages = [...new Set(inputs.map((path) => owner.exec(path)?.[1]).filter(Boolean))].sort();
const texts = packages.map((name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : "";
  return `${name} ${version} (${license})\n\n${text.trim()}\n`;
});
const head = "The viewer of vcore serve contains parts of these packages:\n\n";
writeFileSync(join(out, "LICENSES.txt"), head + texts.join(`\n${"-".repeat(80)}\n\n`));

const checksum = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const sources = ["build.mjs", "package.json", "package-lock.json"].concat(
  readdirSync("src").sort().map((name) => `src/${name}`),
);
const stamp = {
  sources: Object.fromEntries(sources.map((path) => [path, checksum(path)])),
  outputs: Object.fromEntries(
    readdirSync(out)
      .filter((name) => name !== "stamp.json")
      .sort()
      .map((name) => [name, checksum(join(out, name))]),
  ),
};
writeFileSync(join(out, "stamp.json"), `${JSON.stringify(stamp, null, 1)}\n`);
console.log(packages.join(", "));
