// Makes fixtures/openapi/github.json from GitHub's own OpenAPI description: the operations below and the schemas
// that they reach, without prose and examples, as JSON Schema 2020-12. It never edits what the description says;
// where that is wrong, standin/src/contract/allow.rs lists the exception and its reason.
//
// Run it in a temporary directory, so that the 390 MB of the package stay out of the repository:
//
//   cd "$(mktemp -d)" && npm init -y && npm install @octokit/openapi@23.0.2
//   node /path/to/gistry/scripts/openapi-slim.mjs node_modules/@octokit/openapi /path/to/gistry/fixtures/openapi
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OPERATIONS = `
get    /repos/{owner}/{repo}
get    /repos/{owner}/{repo}/pulls
post   /repos/{owner}/{repo}/pulls
get    /repos/{owner}/{repo}/pulls/{pull_number}
get    /repos/{owner}/{repo}/pulls/{pull_number}/files
get    /repos/{owner}/{repo}/pulls/{pull_number}/commits
get    /repos/{owner}/{repo}/pulls/{pull_number}/reviews
put    /repos/{owner}/{repo}/pulls/{pull_number}/merge
get    /repos/{owner}/{repo}/commits
get    /repos/{owner}/{repo}/commits/{commit_sha}/pulls
get    /repos/{owner}/{repo}/issues/{issue_number}/comments
post   /repos/{owner}/{repo}/issues/{issue_number}/comments
get    /repos/{owner}/{repo}/issues/comments/{comment_id}
patch  /repos/{owner}/{repo}/issues/comments/{comment_id}
delete /repos/{owner}/{repo}/issues/comments/{comment_id}
get    /repos/{owner}/{repo}/issues
post   /repos/{owner}/{repo}/issues
get    /repos/{owner}/{repo}/issues/{issue_number}
patch  /repos/{owner}/{repo}/issues/{issue_number}
get    /repos/{owner}/{repo}/issues/{issue_number}/events
get    /repos/{owner}/{repo}/issues/{issue_number}/labels
post   /repos/{owner}/{repo}/issues/{issue_number}/labels
put    /repos/{owner}/{repo}/issues/{issue_number}/labels
delete /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}
get    /repos/{owner}/{repo}/commits/{ref}/check-runs
post   /repos/{owner}/{repo}/check-runs
get    /repos/{owner}/{repo}/check-runs/{check_run_id}
patch  /repos/{owner}/{repo}/check-runs/{check_run_id}
get    /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations
get    /repos/{owner}/{repo}/collaborators/{username}/permission
get    /repos/{owner}/{repo}/branches/{branch}
get    /repos/{owner}/{repo}/git/ref/{ref}
post   /repos/{owner}/{repo}/git/refs
get    /repos/{owner}/{repo}/git/blobs/{file_sha}
get    /repos/{owner}/{repo}/contents/{path}
put    /repos/{owner}/{repo}/contents/{path}
post   /repos/{owner}/{repo}/forks
get    /gists/{gist_id}
get    /gists/{gist_id}/{sha}
post   /gists
patch  /gists/{gist_id}
get    /users/{username}
get    /user/{account_id}
get    /user
get    /rate_limit
`.trim().split("\n").map((line) => line.split(/\s+/));

// Keywords that are for readers only. They are dropped where a schema is expected, never inside `properties`, where
// the same words are names of fields.
const PROSE = new Set(["description", "example", "examples", "title", "summary", "externalDocs", "deprecated",
  "default", "x-github-breaking-changes", "x-multi-segment", "xml", "readOnly", "writeOnly", "discriminator"]);

const [packageDir, outDir] = process.argv.slice(2);
if (!packageDir || !outDir) throw new Error("usage: node openapi-slim.mjs PACKAGE_DIR OUT_DIR");
const { name, version } = JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
const api = JSON.parse(readFileSync(join(packageDir, "generated", "api.github.com.json"), "utf8"));
const components = {};

function resolve(ref) {
  return ref.slice(2).split("/").reduce((node, key) => node[key], api);
}

function deref(node) {
  return node?.$ref ? deref(resolve(node.$ref)) : node;
}

function schema(node) {
  if (Array.isArray(node)) return node.map(schema);
  if (node === null || typeof node !== "object") return node;
  if (node.$ref) {
    const key = node.$ref.split("/").pop();
    if (!(key in components)) {
      components[key] = null; // taken, so that a schema that reaches itself ends here
      components[key] = schema(resolve(node.$ref));
    }
    return { $ref: `#/components/${key}` };
  }
  const out = {};
  for (const [key, value] of Object.entries(node)) {
    if (PROSE.has(key) || key === "nullable") continue;
    if (key === "properties" || key === "patternProperties") {
      out[key] = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, schema(v)]));
    } else if (key === "enum" || key === "required" || key === "const") {
      out[key] = value;
    } else {
      out[key] = schema(value);
    }
  }
  return node.nullable ? orNull(out) : out;
}

// OpenAPI 3.0's `nullable` as JSON Schema says it.
function orNull(out) {
  if (out.anyOf || out.oneOf || out.allOf || out.$ref || !out.type) return { anyOf: [out, { type: "null" }] };
  if (out.enum && !out.enum.includes(null)) out.enum = [...out.enum, null];
  return { ...out, type: [out.type, "null"] };
}

function json(content) {
  const body = content?.["application/json"];
  return body?.schema ? schema(body.schema) : undefined;
}

function operation(method, path) {
  const item = api.paths[path];
  const op = item?.[method];
  if (!op) throw new Error(`the description has no ${method} ${path}`);
  const parameters = [...(item.parameters ?? []), ...(op.parameters ?? [])].map(deref);
  const body = deref(op.requestBody);
  const answers = Object.entries(op.responses).map(([status, response]) => {
    return [status, json(deref(response).content) ?? null];
  });
  return {
    id: op.operationId,
    method: method.toUpperCase(),
    path,
    apps: op["x-github"]?.enabledForGitHubApps ?? false,
    query: Object.fromEntries(parameters.filter((p) => p.in === "query").map((p) => [p.name, schema(p.schema)])),
    body: body ? { required: body.required ?? false, schema: json(body.content) } : null,
    responses: Object.fromEntries(answers),
  };
}

const operations = OPERATIONS.map(([method, path]) => operation(method, path));
const sorted = Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
const slim = { source: `${name}@${version}`, openapi: api.openapi, operations, components: sorted };
// One operation and one schema a line: small, and a change of version can still be read as a difference.
const lines = [
  "{",
  `"source": ${JSON.stringify(slim.source)},`,
  `"openapi": ${JSON.stringify(slim.openapi)},`,
  '"operations": [',
  operations.map((op) => JSON.stringify(op)).join(",\n"),
  "],",
  '"components": {',
  Object.entries(sorted).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(",\n"),
  "}",
  "}",
];
writeFileSync(join(outDir, "github.json"), lines.join("\n") + "\n");
