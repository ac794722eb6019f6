// The board on the page Label: shows clips of a queue and takes decisions on them.
//
// The browser decides and goes on at once; what it tells the server, and what it is told, says board.py. One
// module per component: board.py joins these files.

const boards = new WeakMap();

export default function (component) {
  const root = component.parentElement.querySelector(".board");
  if (!boards.has(root)) boards.set(root, new Board(root));
  return boards.get(root).update(component);
}
