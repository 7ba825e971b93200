// SPDX-License-Identifier: GPL-3.0-or-later
// What is wrong with the page that is open: a list of sentences.
(() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    const wide = [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1
      && !e.closest('.scroll, pre, nav')).slice(0, 3).map(e => e.outerHTML.slice(0, 90));
    wrong.push('wider than the screen: ' + root.scrollWidth + ' of ' + root.clientWidth + ' px: ' + wide.join(' | '));
  }
  for (const selector of ['header', 'nav[aria-label]', 'main#main', 'footer', 'a.skip', 'h1', 'html[lang]', 'title'])
    if (!document.querySelector(selector)) wrong.push('no ' + selector);
  if (document.querySelectorAll('h1').length !== 1) wrong.push('not one h1');
  let before = 0;
  for (const heading of document.querySelectorAll('h1, h2, h3, h4, h5')) {
    const level = Number(heading.tagName[1]);
    if (level > before + 1) wrong.push('heading of level ' + level + ' after one of ' + before + ': ' + heading.textContent.trim().slice(0, 60));
    if (!heading.textContent.trim()) wrong.push('an empty heading');
    before = level;
  }
  for (const table of document.querySelectorAll('table')) {
    if (!table.caption) wrong.push('a table without a caption');
    if (!table.querySelector('thead th[scope]')) wrong.push('a table whose heads have no scope');
  }
  for (const svg of document.querySelectorAll('svg'))
    if (svg.getAttribute('aria-hidden') !== 'true' && !(svg.getAttribute('role') && svg.getAttribute('aria-label')))
      wrong.push('an svg without role and name: ' + svg.outerHTML.slice(0, 80));
  for (const field of document.querySelectorAll('input'))
    if (!field.labels || field.labels.length === 0) wrong.push('a field without a label');
  const ids = new Set();
  for (const element of document.querySelectorAll('[id]')) {
    if (ids.has(element.id)) wrong.push('id twice: ' + element.id);
    ids.add(element.id);
  }
  for (const element of document.querySelectorAll('[style], style, script:not([src])')) wrong.push('inline: ' + element.outerHTML.slice(0, 80));

  const parse = text => {
    const m = text.match(/rgba?\(([^)]+)\)/);
    if (!m) return null;
    const [r, g, b, a] = m[1].split(',').map(Number);
    return [r, g, b, a === undefined ? 1 : a];
  };
  const over = (top, under) => top.slice(0, 3).map((v, i) => v * top[3] + under[i] * (1 - top[3])).concat(1);
  const behind = element => {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour && colour[3] > 0) layers.push(colour);
      if (colour && colour[3] === 1) break;
    }
    let result = matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1];
    for (const layer of layers.reverse()) result = over(layer, result);
    return result;
  };
  const light = colour => {
    const [r, g, b] = colour.slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const poor = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    if (!walker.currentNode.textContent.trim()) continue;
    const element = walker.currentNode.parentElement;
    if (element.closest('.unseen, .skip, title, desc, noscript')) continue;
    const style = getComputedStyle(element);
    if (style.visibility === 'hidden' || style.display === 'none') continue;
    const in_svg = element.closest('svg');
    const ink = parse(in_svg ? style.fill : style.color);
    if (!ink) continue;
    const paper = behind(in_svg ? in_svg.parentElement : element);
    const a = light(over(ink, paper)), b = light(paper);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.add(ratio.toFixed(2) + ' ' + element.tagName + '.' + element.getAttribute('class') + ' "' + walker.currentNode.textContent.trim().slice(0, 30) + '"');
  }
  for (const one of [...poor].slice(0, 6)) wrong.push('contrast ' + one);
  return wrong;
})()
