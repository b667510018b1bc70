// The index of a registry as a Node script makes it: reads every file, builds the objects, writes the files. `full` writes the very files that
// `gistry index` writes, so that they can be compared byte by byte; `four` writes four files, as most registries do.
//
// usage: node bench/index/node.mjs full|four REGISTRY
//
// It is written for speed as such scripts go: synchronous calls (faster than promises for small files), each folder made once, one pass.
// It knows sound publishers, weekly aggregates and folders; for advisories and packages see `full` below.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync, lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

const [mode, root] = process.argv.slice(2);
const RESERVED = new Set("assets docs fixtures index osv owners schemas scripts site stats target".split(" "));

const sha1 = (kind, bytes) => createHash("sha1").update(`${kind} ${bytes.length}\0`).update(bytes).digest();
const shardOf = (key) => createHash("sha256").update(key.toLowerCase()).digest("hex").slice(0, 2);
const named = (name) => {
  if (name.length < 3) return `${name.length}/${name}`;
  return name.length === 3 ? `3/${name[0]}/${name}` : `${name.slice(0, 2)}/${name.slice(2, 4)}/${name}`;
};
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

/** Everything below a folder: its git tree id, and `visit` for each file. */
function walk(at, path, visit) {
  const entries = [];
  for (const entry of readdirSync(at, { withFileTypes: true })) {
    if (entry.name === ".git") continue;
    const [below, name] = [join(at, entry.name), path ? `${path}/${entry.name}` : entry.name];
    if (entry.isDirectory()) {
      const id = walk(below, name, visit);
      if (id) entries.push({ mode: "40000", name: entry.name, key: `${entry.name}/`, id });
    } else {
      const link = entry.isSymbolicLink();
      const bytes = link ? Buffer.from(readlinkSync(below)) : readFileSync(below);
      const id = sha1("blob", bytes);
      entries.push({ mode: link ? "120000" : lstatSync(below).mode & 0o100 ? "100755" : "100644", name: entry.name, key: entry.name, id });
      visit(name, bytes, id);
    }
  }
  if (!entries.length) return null;
  entries.sort((a, b) => compare(a.key, b.key));
  return sha1("tree", Buffer.concat(entries.flatMap((entry) => [Buffer.from(`${entry.mode} ${entry.name}\0`), entry.id])));
}

const publishers = [], weeks = [], advisories = [], folders = new Map();
let settings = "";

function visit(path, bytes, id) {
  const parts = path.split("/");
  if (parts.length === 2 && parts[1] === "registry.json" && !RESERVED.has(parts[0])) {
    publishers.push({ folder: parts[0], login: parts[0].toLowerCase(), blob: id.toString("hex"), file: JSON.parse(bytes.toString("utf8")) });
  } else if (parts.length === 2 && (parts[1] === "advisories.json" || parts[0] === "advisories")) {
    advisories.push({ path, blob: id.toString("hex"), file: JSON.parse(bytes.toString("utf8")) });
  } else if (/^stats\/\d{4}\/W\d\d\.jsonl$/.test(path)) {
    weeks.push({ path, blob: id.toString("hex"), lines: bytes.toString("utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line)) });
  } else if (path === "registry.toml") {
    settings = bytes.toString("utf8");
  }
}

const made = new Set();
function write(path, content) {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  if (folder && !made.has(folder)) {
    mkdirSync(join(root, folder), { recursive: true });
    made.add(folder);
  }
  writeFileSync(join(root, path), content);
}

for (const entry of readdirSync(root, { withFileTypes: true })) {
  if (entry.name === ".git" || entry.name === "index" || entry.name === "osv" || entry.name === "INDEX.json") continue;
  // What gistry passes over, too: no index is made of it.
  if (RESERVED.has(entry.name) && !["advisories", "stats"].includes(entry.name)) continue;
  const at = join(root, entry.name);
  if (entry.isDirectory()) {
    const id = walk(at, entry.name, visit);
    const listed = id && !/^[_.]/.test(entry.name) && !RESERVED.has(entry.name);
    if (listed) folders.set(entry.name, id.toString("hex"));
  } else if (entry.isFile()) {
    const bytes = readFileSync(at);
    visit(entry.name, bytes, sha1("blob", bytes));
  }
}

publishers.sort((a, b) => compare(a.login, b.login));
const sums = new Map(), byLogin = new Map(), gists = new Map(), search = [];
let modules = 0, installs = 0;
for (const publisher of publishers) {
  const names = Object.keys(publisher.file.modules).sort(compare);
  publisher.modules = {};
  byLogin.set(publisher.login, publisher);
  for (const name of names) {
    const module = publisher.file.modules[name];
    const { gist, description = "", tags = [], created, file, revision, sha256, yanked } = module;
    publisher.modules[name] = { gist, description, tags, created, file, revision, sha256, yanked };
    modules += 1;
    if (yanked) continue;
    const full = `@${publisher.login}/${name}`;
    if (!gists.has(gist)) gists.set(gist, []);
    gists.get(gist).push({ module: full, path: `${publisher.folder}/registry.json`, blob: publisher.blob });
    search.push([`@${publisher.login}/`, name, JSON.stringify({ name: full, kind: "module", description, tags })]);
  }
}
search.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
weeks.sort((a, b) => compare(a.path, b.path));
const newest = weeks.slice(-8);
for (const week of weeks) {
  for (const { module, event, count } of week.lines) {
    if (event !== "install") continue;
    installs += count;
    if (newest.includes(week)) sums.set(module, (sums.get(module) ?? 0) + count);
  }
}
const index = {
  version: 1,
  packages: {},
  stats: {
    total_packages: 0, total_size_mb: 0, total_functions: 0,
    total_modules: modules, total_publishers: publishers.length,
    total_advisories: new Set(advisories.flatMap(({ file }) => file.advisories.map(({ id }) => id))).size,
    total_installs: installs,
  },
};
const pretty = (value) => `${JSON.stringify(value, null, 2)}\n`;

/** `{"version":1,"<key>":{` and one line for each entry. */
function lines(key, entries) {
  return `{"version":1,"${key}":{\n${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",\n")}\n}}\n`;
}

function sharded(kind, key, entries, shard) {
  const shards = new Map();
  for (const entry of entries) {
    const name = shard(entry[0]);
    if (!shards.has(name)) shards.set(name, []);
    shards.get(name).push(entry);
  }
  for (const [name, found] of shards) {
    found.sort((a, b) => compare(a[0], b[0]));
    write(`index/${kind}/${name}.json`, lines(key, found));
  }
}

function osv(records, name) {
  const own = (id) => (name && id.toLowerCase().startsWith(`${name.toLowerCase()}-`) ? id.slice(name.length + 1) : id);
  return records.map(({ path, advisory }) => ({ path, advisory, id: `x_${name ? `${name.toUpperCase()}-` : ""}${own(advisory.id)}` }));
}

if (mode === "four") {
  write("INDEX.json", pretty(index));
  write("modules.json", pretty(publishers.flatMap(({ login, modules }) => Object.entries(modules).map(([name, module]) => ({ name: `@${login}/${name}`, ...module })))));
  write("advisories.json", pretty(advisories.flatMap(({ file }) => file.advisories)));
  write("search.json", `[${search.map(([, , line]) => line).join(",\n")}]\n`);
} else {
  for (const { login, folder, blob, modules } of publishers) {
    write(`index/publisher/${named(login)}.json`, pretty({ version: 1, login, folder, blob, modules }));
  }
  sharded("gist", "gists", [...gists], (id) => id.slice(0, 2));
  sharded("folder", "folders", [...folders], shardOf);
  const places = new Map();
  for (const { path, blob, file } of advisories) {
    for (const { id } of file.advisories) {
      if (!places.has(id)) places.set(id, []);
      places.get(id).push({ path, blob });
    }
  }
  sharded("advisory", "advisories", [...places], shardOf);
  const published = (module) => {
    const [login, name] = module.slice(1).split("/");
    return byLogin.get(login.toLowerCase())?.modules[name];
  };
  const used = [...sums].filter(([module]) => published(module)).sort((a, b) => b[1] - a[1] || compare(a[0].split("/")[0], b[0].split("/")[0]) || compare(a[0], b[0])).slice(0, 1000);
  const sources = newest.map(({ path, blob }, at) => `${at ? "," : ""}\n${JSON.stringify(path)}:"${blob}"`).join("");
  write("index/used.json", `{"version":1,"sources":{${sources}\n},"modules":[${used.map((entry, at) => `${at ? "," : ""}\n${JSON.stringify(entry)}`).join("")}\n]}\n`);
  write("index/search.jsonl", search.map(([, , line]) => `${line}\n`).join(""));
  const name = settings.match(/^name = "(\w+)"/m)?.[1];
  const { vulnerability, zip } = await import("./osv.mjs");
  const outputs = osv(advisories.flatMap(({ path, file }) => file.advisories.map((advisory) => ({ path, advisory }))), name)
    .map(({ path, advisory, id }) => [`osv/${id}.json`, pretty(vulnerability(id, path, advisory, (login, module) => byLogin.get(login)?.modules[module]?.gist))])
    .sort((a, b) => compare(a[0], b[0]));
  for (const [path, text] of outputs) write(path, text);
  if (outputs.length) write("osv/all.zip", zip(outputs));
  write("INDEX.json", pretty(index));
}
