// The board on the page Label: shows clips of a queue and takes decisions on them.
//
// The browser decides and goes on at once; protocol.js says what it tells the server.

import { makeComponent } from "../shared/component.js";
import { Board } from "./board.js";

export default makeComponent(".board", (root, scope) => new Board(root, scope));
