// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::report {

// The looks that the file of a report and klabd's pages share. Colour only repeats what a word says; light and dark
// colours keep a contrast of 4.5 to 1 and differ for colour-blind readers.
inline constexpr std::string_view style = R"CSS(:root {
  --paper: #ffffff; --ink: #1c2126; --soft: #59636e; --line: #d8dee4; --wash: #f6f8fa;
  --reference: #6e7781; --patched: #0b5cad; --band: #0b5cad26;
  --improved: #0a6b4f; --improved-wash: #e3f4ee;
  --regressed: #b03a0c; --regressed-wash: #fdece4;
  --suggestive: #7d5700; --suggestive-wash: #fdf3d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181d; --ink: #e4e8ec; --soft: #9aa5b1; --line: #303841; --wash: #1b2127;
    --reference: #9aa5b1; --patched: #6cb6ff; --band: #6cb6ff33;
    --improved: #5ad1a6; --improved-wash: #12352b;
    --regressed: #ff9a6c; --regressed-wash: #412214;
    --suggestive: #e8c15c; --suggestive-wash: #3a2f10;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
main { max-width: 68rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; font-weight: 650; text-wrap: balance; }
h2 {
  font-size: 1.25rem; line-height: 1.3; margin: 3rem 0 .5rem; padding-top: 1.5rem;
  border-top: 2px solid var(--ink);
}
h3 { font-size: 1.1rem; margin: 2.25rem 0 .5rem; }
h4 { font-size: 1rem; margin: 2rem 0 .25rem; }
h4 span, h2 small { font-weight: 400; color: var(--soft); font-size: .9rem; }
h2 .kicker { display: block; }
p { margin: .25rem 0; }
.quiet { color: var(--soft); font-size: .9rem; }
.chips { display: flex; flex-wrap: wrap; gap: .4rem; padding: 0; margin: .75rem 0; list-style: none; }
.chip {
  display: inline-block; min-width: 0; max-width: 100%; padding: .1rem .6rem;
  border-radius: .8rem; font-size: .85rem; line-height: 1.4;
  background: var(--wash); color: var(--soft); border: 1px solid var(--line);
}
.chip.improved { background: var(--improved-wash); color: var(--improved); border-color: currentColor; }
.chip.regressed { background: var(--regressed-wash); color: var(--regressed); border-color: currentColor; }
.chip.suggestive { background: var(--suggestive-wash); color: var(--suggestive); border-color: currentColor; }
.chip.absent { background: none; border-style: dashed; }
.number.improved { color: var(--improved); font-weight: 650; }
.number.regressed { color: var(--regressed); font-weight: 650; }
.number.suggestive { color: var(--suggestive); }
.number.absent { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .25rem; }
th, td {
  text-align: left; padding: .5rem .6rem; vertical-align: middle; border-bottom: 1px solid var(--line);
}
thead th { font-size: .8rem; font-weight: 500; color: var(--soft); vertical-align: bottom; line-height: 1.3; }
tbody th { font-weight: 600; }
.short th { max-width: 18rem; }
.number { text-align: right; white-space: nowrap; }
.number small, td small {
  display: block; color: var(--soft); font-weight: 400; font-size: .78rem; line-height: 1.35;
}
.short { width: auto; min-width: min(100%, 42rem); }
.detail { table-layout: fixed; }
.detail thead th:nth-child(1) { width: 14%; }
.detail thead th:nth-child(3), .detail thead th:nth-child(4) { width: 11%; }
.detail thead th:nth-child(5) { width: 15%; }
.detail thead th:nth-child(6) { width: 22%; }
.strip { display: block; width: 100%; height: 44px; overflow: visible; }
.strip .lane { stroke: var(--line); }
.strip .band { fill: var(--band); }
.strip .median { stroke-width: 2.5; }
.strip .reference { fill: var(--reference); stroke: var(--reference); }
.strip .patched { fill: var(--patched); stroke: var(--patched); }
.strip .box line, .strip .box rect { stroke: var(--reference); stroke-opacity: .8; fill: none; }
.strip .box.patched line, .strip .box.patched rect { stroke: var(--patched); fill: none; }
.strip circle { fill-opacity: .65; }
.strip circle.far { fill: var(--paper); fill-opacity: 1; stroke-width: 2; }
.ends {
  display: flex; justify-content: space-between; color: var(--soft); font-size: .72rem; line-height: 1.2;
}
.key {
  display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; color: var(--soft); font-size: .85rem;
  margin: .5rem 0; align-items: center;
}
.key svg { display: inline-block; width: 28px; height: 14px; vertical-align: -2px; }
.notes { padding-left: 1.1rem; color: var(--soft); font-size: .9rem; margin: .75rem 0; }
p.failed {
  padding: .5rem .75rem; border-left: 4px solid var(--line); background: var(--wash); margin: .75rem 0;
}
p.failed.regressed { border-color: var(--regressed); }
dl {
  display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .3rem 1.25rem; margin: .5rem 0;
  font-size: .9rem;
}
dt { font-weight: 600; max-width: 18rem; }
dd { margin: 0; color: var(--soft); overflow-wrap: anywhere; min-width: 0; }
footer { border-top: 2px solid var(--ink); margin-top: 3.5rem; }
@media (max-width: 46rem) {
  main { padding: 1.25rem 1rem 3rem; }
  h1 { font-size: 1.3rem; }
  .short th, .short td { padding: .4rem .15rem; font-size: .8rem; }
  .short thead th, .short td small { font-size: .7rem; }
  .short td small { white-space: normal; }
  .detail, .detail tbody, .detail caption { display: block; }
  .detail thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .detail tr {
    display: grid; grid-template-columns: 1fr 1fr 1.3fr; gap: .35rem .75rem; padding: .9rem 0;
    border-bottom: 1px solid var(--line);
  }
  .detail th, .detail td { display: block; border: 0; padding: 0; min-width: 0; }
  .detail tbody th { grid-column: 1 / -1; font-size: 1.05rem; }
  .detail .plot { grid-column: 1 / -1; grid-row: 3; }
  .detail .verdict { grid-column: 1 / -1; grid-row: 2; }
  .detail .verdict small { display: inline; margin-left: .5rem; }
  .detail .number { text-align: left; }
  .detail td[data-head]::before {
    content: attr(data-head); display: block; font-size: .72rem; color: var(--soft); font-weight: 400;
  }
  dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
  dd { margin-bottom: .5rem; }
}
@media print { main { max-width: none; padding: 0; } tr { break-inside: avoid; } }
)CSS";

}  // namespace klab::report
