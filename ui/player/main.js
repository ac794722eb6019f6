// The player of a page: zooms into a sound, and moves the playhead of the page's own audio element.

import { makeComponent } from "../shared/component.js";
import { Player } from "./player.js";

export default makeComponent(".player", (root, scope) => new Player(root, scope));
