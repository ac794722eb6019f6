// Learning curves of a page: panels under one hairline, and a table of the values there.

import { makeComponent } from "../shared/component.js";
import { Curves } from "./curves.js";

export default makeComponent(".curves", (root, scope) => new Curves(root, scope));
