// The map on Explore: a dot for each clip, chosen with a lasso, a box or keys.

import { makeComponent } from "../shared/component.js";
import { SoundMap } from "./map.js";

export default makeComponent(".map", (root, scope) => new SoundMap(root, scope));
