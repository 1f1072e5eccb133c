// What is wrong with the page that is shown, as lines of text. Run in the browser by site.py.
() => {
  const wrong = [];
  const root = document.scrollingElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`it is ${root.scrollWidth} wide on a screen of ${root.clientWidth}`);
  if (document.documentElement.lang !== "en") wrong.push("it names no language");
  if (!document.title) wrong.push("it has no title");
  const heads = document.querySelectorAll("h1").length;
  if (heads !== 1) wrong.push(`it has ${heads} first headings`);
  for (const link of document.links) {
    if (link.origin !== location.origin) wrong.push(`a link leads to ${link.href}`);
  }
  for (const table of document.querySelectorAll("table")) {
    const cells = [...table.querySelectorAll("th")];
    if (cells.length === 0 || cells.some((cell) => !cell.scope)) wrong.push("a table has no header cells with a scope");
  }
  for (const field of document.querySelectorAll("input, select")) {
    if (field.labels.length === 0) wrong.push(`the field ${field.name} has no label`);
  }
  for (const picture of document.images) {
    if (!picture.alt) wrong.push(`the picture ${picture.src} has no words`);
    if (picture.naturalWidth === 0) wrong.push(`the picture ${picture.src} does not load`);
  }

  for (const plot of document.querySelectorAll("svg.plot")) {
    if (!plot.checkVisibility()) continue;
    const frame = plot.getBoundingClientRect();
    const shapes = [...plot.querySelectorAll("line, polyline, polygon, circle")];
    const drawn = shapes.filter((shape) => {
      const box = shape.getBoundingClientRect();
      const within = box.left >= frame.left - 1 && box.right <= frame.right + 1 && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
      return within && box.width + box.height > 0;
    });
    if (drawn.length < shapes.length || !plot.querySelector("circle")) wrong.push(`a plot has ${shapes.length - drawn.length} shapes without ink`);
  }

  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = ([red, green, blue]) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = numbers(getComputedStyle(at).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };

  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const told = new Set();
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || ["SCRIPT", "NOSCRIPT", "OPTION", "TITLE"].includes(parent.tagName)) continue;
    const style = getComputedStyle(parent);
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    if (lines.length === 0 || !parent.checkVisibility()) continue;
    if (!parent.closest("svg")) {
      const [light, dark] = [luminance(numbers(style.color)), luminance(ground(parent))].sort((a, b) => b - a);
      const ratio = (light + 0.05) / (dark + 0.05);
      const size = parseFloat(style.fontSize);
      const needed = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
      const line = `“${node.data.trim().slice(0, 40)}” has a contrast of ${ratio.toFixed(2)}`;
      if (ratio < needed && !told.has(style.color)) {
        told.add(style.color);
        wrong.push(line);
      }
    }
    // What scrolls within its own box may lie under what stands beside that box.
    const scroller = parent.closest(".scroll, pre");
    for (const box of lines) boxes.push({ box, node, scroller, words: node.data.trim().slice(0, 30) });
  }
  boxes.sort((a, b) => a.box.top - b.box.top);
  let overlaps = 0;
  for (let i = 0; i < boxes.length && overlaps < 3; i++) {
    for (let j = i + 1; j < boxes.length && boxes[j].box.top < boxes[i].box.bottom - 3; j++) {
      const [a, b] = [boxes[i], boxes[j]];
      if (a.node === b.node || a.scroller !== b.scroller) continue;
      const wide = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
      const high = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
      if (wide > 2 && high > 5) {
        wrong.push(`“${a.words}” and “${b.words}” overlap`);
        overlaps += 1;
        break;
      }
    }
  }
  return wrong;
}
