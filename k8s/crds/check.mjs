// Checks the custom resources of rendered manifests: `node check.mjs <file.yaml>...`.
// By the models' own schemas (required fields, types, forms), and by TypeScript, which knows of
// unknown fields; that is `tsc` of the frontend. Each fault is a line; ends with 1 when there is any.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments } from "yaml";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const TSC = join(HERE, "../../frontend/node_modules/typescript/bin/tsc");
const PACKAGES = {
  "cert-manager.io": "@kubernetes-models/cert-manager",
  "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
  "traefik.io": "@kubernetes-models/traefik",
};

function isCustom(manifest) {
  const [group] = manifest.apiVersion.split("/");
  return group.includes(".") && !group.endsWith(".k8s.io");
}

function read(path) {
  const documents = parseAllDocuments(readFileSync(path, "utf8"));
  return documents
    .map((document) => document.toJS())
    .filter((manifest) => manifest && isCustom(manifest))
    .map((manifest) => ({
      manifest,
      name: `${basename(path)}: ${manifest.kind} ${manifest.metadata.name}`,
    }));
}

function moduleOf(manifest) {
  const [group] = manifest.apiVersion.split("/");
  const found = PACKAGES[group];
  return found && `${found}/${manifest.apiVersion}/${manifest.kind}`;
}

async function faultOf({ manifest, name }) {
  const path = moduleOf(manifest);
  if (!path) return `${name}: no schema of ${manifest.apiVersion}`;
  try {
    const Model = (await import(path))[manifest.kind];
    new Model(manifest).validate();
  } catch (error) {
    return `${name}: ${error.message}`;
  }
}

function source({ manifest, name }) {
  const type = `import("${moduleOf(manifest)}").I${manifest.kind}`;
  return `// ${name}\nexport const manifest: ${type} = ${JSON.stringify(manifest, null, 1)};\n`;
}

function typeFaults(resources) {
  const folder = mkdtempSync(join(HERE, "node_modules", ".check-"));
  try {
    const files = resources.map((resource, number) => {
      const file = join(folder, `${number}.ts`);
      writeFileSync(file, source(resource));
      return file;
    });
    const flags = ["--noEmit", "--strict", "--skipLibCheck", "--ignoreConfig", "--pretty", "false"];
    const modules = ["--module", "esnext", "--moduleResolution", "bundler", "--target", "es2023"];
    const done = spawnSync(process.execPath, [TSC, ...flags, ...modules, "--types", "", ...files], {
      encoding: "utf8",
      cwd: folder,
    });
    if (done.status === 0) return [];
    return done.stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(/^(\d+)\.ts/, (_, number) => resources[number].name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const resources = process.argv.slice(2).flatMap(read);
const faults = (await Promise.all(resources.map(faultOf))).filter(Boolean);
const typed = faults.length > 0 || resources.length === 0 ? [] : typeFaults(resources);
for (const fault of [...faults, ...typed]) console.log(fault);
process.exit(faults.length + typed.length > 0 ? 1 : 0);
