import { expect, test } from "vitest";
import { ENDPOINTS, type Endpoint } from "./endpoints.js";

const endpoints: Endpoint[] = Object.values(ENDPOINTS);

test("there are 46 calls on 38 paths, each once", () => {
  expect(new Set(endpoints.map((endpoint) => `${endpoint.method} ${endpoint.path}`)).size).toBe(46);
  expect(new Set(endpoints.map((endpoint) => endpoint.path)).size).toBe(38);
});

test("every placeholder of a path is a parameter and every parameter has its placeholder", () => {
  for (const endpoint of endpoints) {
    const placeholders = [...endpoint.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
    expect(placeholders, endpoint.path).toEqual(Object.keys(endpoint.params.properties));
  }
});

test("a call takes either a body or parameters, never both", () => {
  for (const endpoint of endpoints.filter((one) => one.body !== null)) {
    expect({ ...endpoint.params.properties, ...endpoint.query.properties }, endpoint.path).toEqual({});
  }
});
