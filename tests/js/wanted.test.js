import assert from "node:assert/strict";
import { test } from "node:test";

import { takeWanted } from "../../ui/shared/wanted.js";
import { FakeStorage } from "./fake.js";

const at = (address) => {
  const [pathname, search = ""] = address.split("?");
  return /** @type {any} */ ({ pathname, search: search && `?${search}` });
};
const wanting = (address) => {
  const storage = new FakeStorage();
  storage.setItem("fsat-wanted", address);
  return /** @type {any} */ (storage);
};

test("the page that was asked for before signing in is gone on to, once", () => {
  const storage = wanting("/clips?label=Bark");
  assert.equal(takeWanted(storage, at("/")), "/clips?label=Bark");
  assert.equal(takeWanted(storage, at("/")), null);
});

test("who is there stays there", () => {
  assert.equal(takeWanted(wanting("/clips?label=Bark"), at("/clips?label=Bark")), null);
  assert.equal(takeWanted(/** @type {any} */ (new FakeStorage()), at("/")), null);
});

test("no other site is gone on to, whatever was stored", () => {
  for (const address of ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", ""]) {
    assert.equal(takeWanted(wanting(address), at("/")), null, address);
  }
});
