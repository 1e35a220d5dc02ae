// Holds recorded exchanges with the double of the code host to GitHub's published OpenAPI description.
// Usage: node validate.js MODULES EXCHANGES.json; prints one JSON list of what does not fit.
"use strict";
const fs = require("fs");
const path = require("path");

const modules = process.argv[2];
const load = (name) => require(path.join(modules, name));
const Ajv = load("ajv").default;
const formats = load("ajv-formats");
const description = JSON.parse(
  fs.readFileSync(path.join(modules, "@octokit/openapi/generated/api.github.com.json"), "utf8"));

// OpenAPI 3.0 schemas are JSON Schemas with `nullable`, which ajv knows, and with words it may ignore.
const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true });
formats(ajv);

function resolved(node) {
  while (node && node.$ref) {
    node = node.$ref.split("/").slice(1).reduce((at, key) => at[key], description);
  }
  return node;
}

ajv.addSchema({ $id: "api", components: taken(description.components, "") });

// A schema of the description as ajv takes it. `prefix` names the document that references are in.
function taken(node, prefix) {
  if (Array.isArray(node)) return node.map((each) => taken(each, prefix));
  if (node === null || typeof node !== "object") return node;
  const made = Object.fromEntries(Object.entries(node).map(([key, value]) =>
    [key, key === "$ref" && typeof value === "string" ? prefix + value : taken(value, prefix)]));
  // The description means null where it says so, and forgets to list it (check-run.conclusion).
  if (made.nullable === true && Array.isArray(made.enum)) made.enum = [...made.enum, null];
  return made;
}

const compiled = new Map();
function check(schema, value, where, problems) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) compiled.set(key, ajv.compile(taken(schema, "api")));
  const validate = compiled.get(key);
  if (!validate(value)) {
    for (const error of validate.errors.slice(0, 5)) problems.push(`${where}${error.instancePath}: ${error.message}`);
  }
}

function operation(method, pathname) {
  const parts = pathname.split("/");
  const fits = Object.keys(description.paths).filter((template) => {
    const words = template.split("/");
    return words.length === parts.length &&
      words.every((word, i) => (word.startsWith("{") ? parts[i] !== "" : word === parts[i]));
  });
  // Of two templates that fit, the one with more fixed words is meant.
  fits.sort((a, b) => a.split("{").length - b.split("{").length);
  const template = fits.find((each) => description.paths[each][method]);
  return template ? [template, description.paths[template][method]] : null;
}

const problems = [];
const operations = new Set();
for (const { method, url, request, status, response, link } of JSON.parse(fs.readFileSync(process.argv[3], "utf8"))) {
  const at = new URL(url);
  const found = operation(method.toLowerCase(), at.pathname);
  if (!found) { problems.push(`${method} ${at.pathname}: no such operation`); continue; }
  const [template, op] = found;
  operations.add(op.operationId);
  const where = `${method} ${template} ${status}`;
  const parameters = (op.parameters || []).map(resolved).filter((each) => each.in === "query");
  for (const [name, value] of at.searchParams) {
    const parameter = parameters.find((each) => each.name === name);
    if (!parameter) { problems.push(`${where}: no query parameter ${name}`); continue; }
    const schema = resolved(parameter.schema);
    check(schema, schema.type === "integer" ? Number(value) : value, `${where} ?${name}`, problems);
  }
  const body = op.requestBody && resolved(op.requestBody).content["application/json"];
  if (body && request === null) problems.push(`${where}: the request has no body`);
  if (!body && request !== null) problems.push(`${where}: the request has a body`);
  if (body && request !== null) {
    check(body.schema, request, `${where} request`, problems);
    for (const name of Object.keys(request)) {
      if (!(name in (resolved(body.schema).properties || {}))) problems.push(`${where}: unknown field ${name}`);
    }
  }
  if (status === 0) continue; // only the request is in question
  // The description leaves most refusals out; those that it has are compared.
  const declared = resolved(op.responses[String(status)]);
  if (!declared) {
    if (status < 400) problems.push(`${where}: not a declared answer`);
    continue;
  }
  const json = declared.content && declared.content["application/json"];
  if (json && response === null) problems.push(`${where}: the answer has no body`);
  if (!json && response !== null && status < 400) problems.push(`${where}: the answer has a body`);
  if (json && response !== null) check(json.schema, response, `${where} answer`, problems);
  if (link && !(declared.headers && declared.headers.Link)) problems.push(`${where}: no Link header there`);
}
console.log(JSON.stringify({ problems, operations: [...operations].sort() }));
