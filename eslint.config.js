// One rule of our own: whatever outlives a call is registered with a Scope, which ends it with the component.

import js from "@eslint/js";
import globals from "globals";

const SCOPE = "ui/shared/scope.js";
const INSTEAD = {
  addEventListener: "scope.on(target, type, handler)",
  removeEventListener: "what scope.on() returns, or the scope's end",
  setTimeout: "scope.after(milliseconds, run)",
  setInterval: "scope.after(milliseconds, run), anew each time",
  requestAnimationFrame: "scope.frame(run)",
  ResizeObserver: "scope.observeSize(element, run)",
  MutationObserver: "scope.add(() => observer.disconnect()), in a method of Scope",
  IntersectionObserver: "scope.add(() => observer.disconnect()), in a method of Scope",
};
const message = (name) => `${name} outlives the component unless it is ended: use ${INSTEAD[name]} of ${SCOPE}.`;
const names = Object.keys(INSTEAD);

export default [
  { ignores: ["node_modules/", ".venv/"] },
  js.configs.recommended,
  {
    rules: {
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: "error",
    },
  },
  { files: ["ui/**/*.js", "benchmarks/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["tests/js/**/*.js"], languageOptions: { globals: globals.node } },
  {
    files: ["ui/**/*.js"],
    ignores: [SCOPE],
    rules: {
      "no-restricted-globals": ["error", ...names.map((name) => ({ name, message: message(name) }))],
      "no-restricted-properties": ["error", ...names.map((property) => ({ property, message: message(property) }))],
      "no-restricted-syntax": [
        "error",
        {
          selector: "AssignmentExpression > MemberExpression.left[property.name=/^on[a-z]{3,}$/]",
          message: `A handler given as a property cannot be ended: use ${INSTEAD.addEventListener} of ${SCOPE}.`,
        },
      ],
    },
  },
];
