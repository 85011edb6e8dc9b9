// Shows /api/v1/openapi.json and tries operations out. Needs nothing from the network.
"use strict";

const VERBS = ["get", "post", "patch", "put", "delete"];
let api;

function element(tag, attributes, ...children) {
  const node = Object.assign(document.createElement(tag), attributes);
  node.append(...children);
  return node;
}

function resolve(value) {
  while (value && value.$ref) value = value.$ref.slice(2).split("/").reduce((at, key) => at[key.replace(/~1/g, "/")], api);
  return value;
}

function typeOf(schema) {
  const name = schema.$ref && schema.$ref.split("/").pop();
  const target = resolve(schema);
  if (name) return name;
  if (target.oneOf) return target.oneOf.map(typeOf).join(" or ");
  if (target.enum) return target.enum.map((word) => JSON.stringify(word)).join(" | ");
  if (target.type === "array") return `${typeOf(target.items || {})}[]`;
  return [].concat(target.type || "anything").join(" or ");
}

function schemaTable(schema) {
  const target = resolve(schema);
  const fields = Object.entries(target.properties || (target.items && resolve(target.items).properties) || {});
  if (!fields.length) return element("p", { textContent: typeOf(schema) });
  const required = target.required || [];
  return element("table", {}, ...fields.map(([name, field]) => element("tr", {},
    element("th", { scope: "row", textContent: name + (required.includes(name) ? "" : "?") }),
    element("td", { textContent: typeOf(field) }),
    element("td", { textContent: resolve(field).description || field.description || "" }))));
}

function exampleOf(media) {
  const first = Object.values(media.examples || {})[0];
  const value = first && resolve(first).value;
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function bodyBlock(title, content) {
  const [type, media] = Object.entries(content)[0];
  return element("details", {}, element("summary", { textContent: `${title} (${type})` }), schemaTable(media.schema), element("pre", { textContent: exampleOf(media) }));
}

async function call(verb, path, parameters, inputs, body, output) {
  let url = path;
  const query = new URLSearchParams();
  parameters.forEach((parameter, i) => {
    const value = inputs[i].value.trim();
    if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(value));
    else if (parameter.in === "query" && value) query.set(parameter.name, value);
  });
  if ([...query].length) url += `?${query}`;
  const headers = {};
  const token = document.getElementById("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  try {
    const response = await fetch(url, { method: verb.toUpperCase(), headers, body: body ? body.value : undefined });
    const text = await response.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: as it is */ }
    output.textContent = `${verb.toUpperCase()} ${url}\n${response.status} ${response.statusText}\n\n${shown}`;
  } catch (error) {
    output.textContent = `${verb.toUpperCase()} ${url}\n${error}`;
  }
}

function tryBlock(verb, path, parameters, requestBody) {
  const inputs = parameters.map((parameter) => element("input", { ariaLabel: parameter.name, placeholder: parameter.name }));
  const body = requestBody && element("textarea", { ariaLabel: "body", value: exampleOf(Object.values(requestBody.content)[0]) });
  const output = element("pre", { hidden: true });
  const button = element("button", { type: "button", textContent: "Send" });
  button.addEventListener("click", () => { output.hidden = false; call(verb, path, parameters, inputs, body, output); });
  const fields = parameters.map((parameter, i) => element("label", { className: "field" }, `${parameter.name} `, inputs[i]));
  return element("details", {}, element("summary", { textContent: "Try it" }), ...fields, ...(body ? [body] : []), button, output);
}

function operationBlock(path, item, verb) {
  const operation = item[verb];
  const parameters = [...(item.parameters || []), ...(operation.parameters || [])].map(resolve).filter((parameter) => parameter.in !== "header");
  const requestBody = resolve(operation.requestBody);
  const blocks = [];
  if (operation.description) blocks.push(element("p", { className: "text", textContent: operation.description }));
  if (parameters.length) {
    blocks.push(element("table", {}, ...parameters.map((parameter) => element("tr", {},
      element("th", { scope: "row", textContent: parameter.name }), element("td", { textContent: parameter.in }),
      element("td", { textContent: typeOf(parameter.schema) }), element("td", { textContent: parameter.description || "" })))));
  }
  if (requestBody) blocks.push(bodyBlock("Body", requestBody.content));
  for (const [status, raw] of Object.entries(operation.responses)) {
    const response = resolve(raw);
    blocks.push(response.content ? bodyBlock(`${status} ${response.description}`, response.content) : element("p", { textContent: `${status} ${response.description}` }));
  }
  if (!path.endsWith("/stream") && path !== "/ws") blocks.push(tryBlock(verb, path, parameters, requestBody));
  return element("details", { id: operation.operationId },
    element("summary", {}, element("span", { className: "verb", textContent: verb.toUpperCase() }), element("code", { textContent: path }), ` ${operation.summary}`), ...blocks);
}

function show() {
  const content = document.getElementById("content");
  content.replaceChildren(element("p", { className: "text", textContent: api.info.description }));
  for (const tag of api.tags) {
    content.append(element("h2", { textContent: tag.name }), element("p", { textContent: tag.description }));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const verb of VERBS) {
        if (item[verb] && item[verb].tags[0] === tag.name) content.append(operationBlock(path, item, verb));
      }
    }
  }
}

fetch("/api/v1/openapi.json")
  .then((response) => response.json())
  .then((document_) => { api = document_; show(); })
  .catch((error) => { document.getElementById("content").textContent = `The document could not be read: ${error}`; });
