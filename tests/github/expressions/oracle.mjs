// Evaluates one JSON object a line, {text, contexts}, with GitHub's own package; prints {value} or {error}.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const home = process.argv[2] + "/node_modules/@actions/expressions/dist/index.js";
const { Lexer, Parser, Evaluator, data } = await import(pathToFileURL(home));

function toData(value) {
  if (value === null) return new data.Null();
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (typeof value === "number") return new data.NumberData(value);
  if (typeof value === "string") return new data.StringData(value);
  if (Array.isArray(value)) return new data.Array(...value.map(toData));
  return new data.Dictionary(...Object.entries(value).map(([key, inner]) => ({ key, value: toData(inner) })));
}

function fromData(value) {
  switch (value.kind) {
    case data.Kind.Null: return null;
    case data.Kind.Array: return value.values().map(fromData);
    case data.Kind.Dictionary: return Object.fromEntries(value.pairs().map((p) => [p.key, fromData(p.value)]));
    case data.Kind.Number: return Number.isFinite(value.value) ? value.value : String(value.value);
    default: return value.value;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { text, contexts } = JSON.parse(line);
  try {
    const tokens = new Lexer(text).lex().tokens;
    const tree = new Parser(tokens, Object.keys(contexts), []).parse();
    const value = new Evaluator(tree, toData(contexts)).evaluate();
    console.log(JSON.stringify({ value: fromData(value) }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
