// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::page {

// What klabd's pages have over report/style.hpp.
inline constexpr std::string_view page_style = R"CSS(
:root {
  --failed: #ffffff; --failed-wash: #7a1f4b; --failed-ink: #8a2358; --ok: #4a5560; --running: #0b5cad; --running-wash: #e3effb;
  --link: #0b5cad; --grid: #e7ebef; --gap: #59636e1f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --failed: #14181d; --failed-wash: #f08fc0; --failed-ink: #f7a8cf; --ok: #9aa5b1; --running: #6cb6ff; --running-wash: #16304a;
    --link: #7cbcff; --grid: #262d35; --gap: #9aa5b126;
  }
}
html { scroll-padding-top: 1rem; }
body { font-size: 15px; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 3px; text-decoration-color: color-mix(in srgb, currentColor 35%, transparent); }
a:hover { text-decoration-color: currentColor; }
a:focus-visible, button:focus-visible, input:focus-visible, pre:focus-visible, .scroll:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px;
}
main:focus { outline: none; }
.wide { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
main { max-width: 76rem; padding: 1.75rem 1.5rem 3rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: -999rem; }
.skip:focus { left: 1rem; top: .5rem; z-index: 2; background: var(--paper); padding: .5rem 1rem; }
.bar { border-bottom: 1px solid var(--line); background: var(--wash); }
.bar .wide { display: flex; align-items: center; gap: .25rem 1.5rem; min-height: 3.25rem; flex-wrap: wrap; }
.mark { display: flex; align-items: center; gap: .5rem; font-weight: 700; font-size: 1.1rem; color: var(--ink); text-decoration: none; }
.mark-lane { stroke: var(--line); fill: none; } .mark-a { fill: var(--reference); } .mark-b { fill: var(--patched); }
.bar ul { display: flex; gap: .15rem; list-style: none; margin: 0; padding: 0; }
.bar nav a {
  display: block; padding: .9rem .65rem; color: var(--soft); text-decoration: none; font-size: .92rem;
  border-bottom: 2px solid transparent; margin-bottom: -1px; white-space: nowrap;
}
.bar nav a:hover { color: var(--ink); }
.bar nav a[aria-current] { color: var(--ink); border-color: var(--patched); font-weight: 600; }
input, button { font: inherit; font-size: .9rem; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 5px; padding: .3rem .6rem; }
button { background: var(--wash); cursor: pointer; }
button:hover { border-color: var(--ink); }
::placeholder { color: var(--soft); opacity: 1; }
.search { margin-left: auto; display: flex; gap: .35rem; flex: 0 1 22rem; }
.search input { flex: 1; min-width: 0; }
.head { margin-bottom: 1.25rem; }
.head h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
.trail { color: var(--soft); font-size: .88rem; margin: 0 0 .2rem; }
.trail a { color: inherit; }
.lead { color: var(--soft); margin: .1rem 0 .5rem; max-width: 60rem; }
section > h2 { font-size: 1.1rem; border-top: 1px solid var(--line); padding-top: 1.1rem; margin: 1.9rem 0 .6rem; }
main > section:first-of-type > h2 { border-top: 0; padding-top: 0; margin-top: 0; }
h2 small { font-size: .9rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
h4 { margin: 1.4rem 0 .25rem; font-size: .95rem; }
code, pre { font-family: ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .88em; }
.chip a { color: inherit; text-decoration: none; }
.chip a:hover { text-decoration: underline; }
.chip.ok { color: var(--ok); } .chip.lab { border-style: dashed; border-color: var(--ink); color: var(--ink); }
.chip.failed { background: var(--failed-wash); color: var(--failed); border-color: transparent; }
.chip.running { background: var(--running-wash); color: var(--running); border-color: currentColor; }
span.failed, li.failed, strong.failed, td.failed { color: var(--failed-ink); font-weight: 600; }
strong.improved { color: var(--improved); } strong.regressed { color: var(--regressed); } strong.suggestive { color: var(--suggestive); }
span.improved:not(.chip) { color: var(--improved); font-weight: 600; } span.regressed:not(.chip) { color: var(--regressed); font-weight: 600; }
span.soft, td.soft, td.soft a { color: var(--soft); }
.number a, .number a code { color: inherit; text-decoration-color: var(--soft); text-decoration-style: dotted; }
.number a:hover { text-decoration-style: solid; }
.list th, .list td { padding: .42rem .6rem; vertical-align: top; }
.list th:first-child, .list td:first-child { padding-left: 0; }
.list th:last-child, .list td:last-child { padding-right: 0; }
.list tbody th { font-weight: 500; }
.list th, .list td { overflow-wrap: anywhere; }
.list a code { white-space: nowrap; }  /* a commit */
.list .number, .list .whole, .list thead th { overflow-wrap: normal; }
.list .whole { white-space: nowrap; }
.list tbody tr:hover, .order tbody tr:hover { background: var(--wash); }
.list th small { display: block; color: var(--soft); font-weight: 400; font-size: .82rem; }
.list small { max-width: 40rem; }
.list caption:empty { display: none; }
.list .chip { white-space: nowrap; line-height: 1.3; }
.short th { max-width: 18rem; }
progress {
  appearance: none; display: block; width: 100%; min-width: 7rem; height: .5rem; margin-top: .35rem; border: 0; border-radius: .25rem;
  background: var(--line); overflow: hidden;
}
progress::-webkit-progress-bar { background: var(--line); border-radius: .25rem; }
progress::-webkit-progress-value { background: var(--patched); border-radius: .25rem; }
progress::-moz-progress-bar { background: var(--patched); border-radius: .25rem; }
.facts { margin: .25rem 0 .5rem; }
.facts dt { font-weight: 500; color: var(--soft); }
.facts dd { color: var(--ink); min-width: 0; overflow-wrap: anywhere; }
.facts dd small { color: var(--soft); }
.said { padding: .55rem .8rem; border-left: 4px solid var(--line); background: var(--wash); margin: .75rem 0; max-width: 60rem; }
.said.regressed { border-color: var(--regressed); } .said.improved { border-color: var(--improved); }
.said.failed { border-left: 4px solid var(--failed-wash); color: var(--ink); background: var(--wash); } .said.suggestive { border-color: var(--suggestive); }
.lines { padding-left: 1.1rem; margin: .4rem 0; }
.lines small { color: var(--soft); }
.words { margin: .6rem 0 1rem; }
.words figcaption { color: var(--soft); font-size: .88rem; margin-bottom: .25rem; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: 5px; padding: .7rem .9rem; margin: 0; overflow: auto; max-height: 28rem; line-height: 1.4; }
.figures { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; margin: .25rem 0 1rem; padding: 0; }
.figures li { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .9rem; min-width: 7.5rem; background: var(--wash); border-left-width: 4px; }
.figures strong { display: block; font-size: 1.45rem; line-height: 1.2; font-weight: 650; }
.figures li, .figures span { color: var(--soft); font-size: .88rem; font-weight: 400; }
.figures strong { color: var(--ink); font-size: 1.45rem; }
.figures a { color: inherit; text-decoration: none; }
.figures a:hover span { text-decoration: underline; }
.figures .improved { border-left-color: var(--improved); } .figures .regressed { border-left-color: var(--regressed); }
.figures .failed { border-left-color: var(--failed-wash); } .figures .suggestive { border-left-color: var(--suggestive); }
.figures .running { border-left-color: var(--running); }
.ask { display: flex; flex-wrap: wrap; gap: .6rem 1rem; align-items: end; margin: .75rem 0 1rem; }
.ask label { color: var(--soft); font-size: .88rem; display: grid; gap: .2rem; }
.ask input { color: var(--ink); width: 12rem; }
.filter { margin: .25rem 0 .5rem; color: var(--soft); font-size: .88rem; }
.order, .grid { width: auto; border-collapse: separate; border-spacing: 0; }
.order th, .order td, .grid th, .grid td { border: 0; padding: 2px; text-align: center; }
.order tbody th, .grid tbody th { text-align: left; padding-right: 1rem; font-weight: 500; font-size: .9rem; position: sticky; left: 0; background: var(--paper); max-width: 24rem; min-width: 8rem; }
.order thead th, .grid thead th { font-size: .72rem; color: var(--soft); padding-bottom: .25rem; vertical-align: bottom; }
.order thead th:first-child, .grid thead th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper); }
.grid thead a { color: inherit; text-decoration: none; display: block; }
.grid thead a:hover { text-decoration: underline; }
.grid thead small { display: block; font-size: .68rem; min-height: 1.1em; }
.order td { background: linear-gradient(var(--grid), var(--grid)) center / 100% 1px no-repeat; }
.tile {
  display: grid; place-items: center; width: 1.7rem; height: 1.7rem; border-radius: 4px; border: 1px solid var(--line);
  background: var(--paper); color: var(--soft); text-decoration: none; font-size: .85rem; line-height: 1; font-weight: 600; position: relative;
}
a.tile:hover { border-color: var(--ink); }
.tile.ok { color: var(--patched); }
.tile.neutral { background: var(--wash); }
.tile.absent { border-style: dotted; background: none; font-weight: 400; }
.tile.improved { background: var(--improved-wash); color: var(--improved); border-color: var(--improved); }
.tile.regressed { background: var(--regressed); color: var(--paper); border-color: var(--regressed); }
.tile.suggestive { background: var(--suggestive-wash); color: var(--suggestive); border: 1px dashed var(--suggestive); }
.tile.failed { background: var(--failed-wash); color: var(--failed); border-color: var(--failed-wash); font-size: 1.15rem; }
.tile.lab { border: 2px dotted var(--ink); color: var(--ink); }
.tile.running { background: var(--running-wash); color: var(--running); border-color: var(--running); }
.trend { margin: .5rem 0 1rem; }
.trend figcaption { color: var(--soft); font-size: .88rem; }
.plot { display: grid; grid-template-columns: 54px minmax(0, 1fr); }
td.plot { display: table-cell; }
.axis text, .area text { font-size: 12px; fill: var(--soft); }
.area { display: block; width: 100%; overflow: visible; }
.area .tick { stroke: var(--grid); } .area .zero { stroke: var(--soft); stroke-opacity: .6; }
.area .gap { fill: var(--gap); }
.area .floor { fill: var(--band); }
.area .level { stroke: var(--patched); stroke-width: 2; }
.area .stroke { stroke: var(--reference); stroke-opacity: .55; }
.area .whisker { stroke: var(--reference); stroke-opacity: .5; }
.area .night { fill: var(--reference); stroke: var(--paper); stroke-width: .75; }
.area .night.improved { fill: var(--improved); } .area .night.regressed { fill: var(--regressed); }
.area .cut line { stroke: var(--ink); stroke-dasharray: 2 3; } .area .cut text { fill: var(--ink); }
.area .change line { stroke-width: 1.5; stroke-dasharray: 6 3; stroke: var(--ink); }
.area .change text { font-weight: 700; font-size: 13px; fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.area .cut text { paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.area .change.improved line { stroke: var(--improved); } .area .change.improved text { fill: var(--improved); }
.area .change.regressed line { stroke: var(--regressed); } .area .change.regressed text { fill: var(--regressed); }
.area a:hover circle { stroke: var(--ink); stroke-width: 2; }
.area.small .stroke { stroke-opacity: .9; }
.multiples { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1rem 1.25rem; list-style: none; padding: 0; margin: .75rem 0; }
.multiples li { display: flex; flex-direction: column; border: 1px solid var(--line); border-radius: 6px; padding: .6rem .75rem .75rem; min-width: 0; }
.multiples h3 { margin: 0; font-size: .95rem; font-weight: 600; overflow-wrap: anywhere; }
.multiples p { margin: 0 0 .4rem; font-size: .84rem; }
.multiples h3 a { text-decoration: none; } .multiples h3 a:hover { text-decoration: underline; }
.multiples svg { margin-top: auto; }
.strip a:hover circle { stroke: var(--ink); stroke-width: 2; }
.detail th a { color: inherit; }
main footer { border-top: 1px solid var(--line); margin-top: 2rem; }
.foot { border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; padding: 1rem 0 2rem; margin: 0; }
@media (max-width: 62rem) {
  .bar .wide { padding-top: .6rem; }
  .search { flex: 1 1 auto; margin-left: 0; }
  .bar nav { order: 3; flex-basis: 100%; overflow-x: auto; }
  .bar nav a { padding: .55rem .6rem; }
}
@media (max-width: 46rem) {
  .wide { padding: 0 1rem; }
  main { padding: 1.1rem 1rem 2rem; }
  .head h1 { font-size: 1.25rem; }
  .list, .list tbody, .list caption { display: block; }
  .list thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  .list tr { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .3rem .75rem; padding: .65rem 0; border-bottom: 1px solid var(--line); }
  .list tr[hidden] { display: none; }
  .list th, .list td { display: block; border: 0; padding: 0; min-width: 0; overflow-wrap: anywhere; }
  .list .number { text-align: left; white-space: normal; }
  .list tbody th { grid-column: 1 / -1; }
  .list td[data-head]:not([data-head=""])::before { content: attr(data-head); margin-right: .45rem; font-size: .75rem; color: var(--soft); font-weight: 400; }
  .list .empty { display: none; }
  .list .long { grid-column: 1 / -1; }
  .list .chip, .list .whole { white-space: normal; }
  .order tbody th, .grid tbody th { max-width: 9.5rem; min-width: 6rem; font-size: .82rem; padding-right: .5rem; overflow-wrap: anywhere; }
  .plot { grid-template-columns: 46px minmax(0, 1fr); }
  .plot .axis { width: 46px; margin-left: -8px; }
  .ask input { width: 100%; }
}
@media (prefers-reduced-motion: no-preference) { progress::-webkit-progress-value { transition: inline-size .6s; } }
@media print { .bar, .foot, .skip, form { display: none; } main { max-width: none; } }
)CSS";

}  // namespace klab::page
