// Advisories in the form of OSV 1.7, and a zip archive that stores them, as `gistry index` writes both. Part of node.mjs.

import { crc32 } from "node:zlib";

const seconds = (text) => new Date(text).toISOString().replace(/\.\d+Z$/, "Z");
const isAddress = (text) => /^https?:\/\/[A-Za-z0-9.-]+(:\d{0,5})?([/?#]|$)/.test(text) && !/[^\w\-.~!$&'()*+,;=:@/?#%]/.test(text);

/** One advisory; `gistOf` gives the gist of a module. */
export function vulnerability(id, path, advisory, gistOf) {
  const folder = path.startsWith("advisories/") ? undefined : path.split("/")[0].toLowerCase();
  const affects = advisory.affects ?? [];
  const gists = new Map((advisory.gists ?? []).map((gist) => [gist, new Set()]));
  const names = new Set();
  for (const text of affects) {
    const [login, module] = text.includes("/") ? text.split("/") : [folder, text];
    const name = login ? `@${login.toLowerCase()}/${module}` : module;
    names.add(name);
    const gist = login && gistOf(login.toLowerCase(), module);
    if (gist) gists.set(gist, (gists.get(gist) ?? new Set()).add(name));
  }
  const times = [advisory.created, advisory.modified, advisory.withdrawn].filter(Boolean).sort((a, b) => new Date(a) - new Date(b));
  const some = (list) => (list.length ? list : undefined);
  const references = advisory.references ?? [];
  return {
    schema_version: "1.7.5",
    id,
    modified: seconds(times.at(-1)),
    published: advisory.created && seconds(advisory.created),
    withdrawn: advisory.withdrawn && seconds(advisory.withdrawn),
    aliases: some(advisory.aliases ?? []),
    details: advisory.description,
    affected: some([...gists].sort(([a], [b]) => (a < b ? -1 : 1)).map(([gist, modules]) => ({
      ranges: [{
        type: "GIT",
        repo: `https://gist.github.com/${gist}.git`,
        events: [{ introduced: "0" }, ...(advisory.fixed ? [{ fixed: advisory.fixed }] : [])],
      }],
      versions: some([...new Set(advisory.revisions ?? [])].sort()),
      database_specific: { gist, modules: some([...modules].sort()) },
    }))),
    references: some(references.filter(isAddress).map((url) => ({ type: "WEB", url }))),
    database_specific: {
      id: advisory.id,
      severity: advisory.severity,
      type: advisory.type,
      recommendation: advisory.recommendation,
      modules: some([...names].sort()),
      references: some(references.filter((text) => !isAddress(text))),
      source: path,
    },
  };
}

/** A zip archive of [path, text] pairs, uncompressed, of the format's first moment. */
export function zip(files) {
  const [parts, central] = [[], []];
  let offset = 0;
  for (const [path, text] of files) {
    const [name, data] = [Buffer.from(path.split("/").at(-1)), Buffer.from(text)];
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(10, 0); // version needed
    fields.writeUInt16LE(33, 8); // 1980-01-01
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(data.length, 14);
    fields.writeUInt32LE(data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), fields, name, data]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6); // permissions
    tail.writeUInt32LE(offset, 10);
    // Made by a Unix system.
    central.push(Buffer.from("PK\x01\x02"), Buffer.from([10, 3]), fields, tail, name);
    parts.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, directory, end]);
}
