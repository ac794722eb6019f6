// The list of the page Clips.

import { makeComponent } from "../shared/component.js";
import { ClipList } from "./list.js";

export default makeComponent(".clips", (root, scope) => new ClipList(root, scope));
