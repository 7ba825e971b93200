// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::report {

// The page below its head (mustache; two braces escape, three are never used), in parts: klabd's page of an
// experiment has the middle two within a frame of its own.
inline constexpr std::string_view body_above = R"HTML(<body>
<main>
<header>
<h1>{{title}}</h1>
{{#experiment}}
<p class="quiet">Experiment {{experiment}}</p>
{{/experiment}}
<ul class="chips">
{{#labels}}
<li class="chip">{{line}}</li>
{{/labels}}
</ul>
{{#contrasts_sentence}}
<p class="quiet">{{contrasts_sentence}}</p>
{{/contrasts_sentence}}
</header>
)HTML";
inline constexpr std::string_view contrasts_template = R"HTML({{#nothing}}
<p>No contrasts: nothing was compared.</p>
{{/nothing}}
{{#has_confirmation}}
<section>
<h2>Confirmation</h2>
<ul class="notes">
{{#confirmation}}
<li>{{line}}</li>
{{/confirmation}}
</ul>
{{#confirmation_number}}
<p class="quiet">Fresh boots of the same arms are experiment {{#confirmation_to}}<a href="{{confirmation_to}}">{{/confirmation_to}}{{confirmation_number}}{{#confirmation_to}}</a>{{/confirmation_to}}; the two are never pooled.</p>
{{/confirmation_number}}
</section>
{{/has_confirmation}}
{{#has_beside}}
<section>
<h2>Machines side by side</h2>
{{#beside}}
<h4>{{caption}}</h4>
<div class="scroll">
<table class="short">
<caption>Medians of the boots. {{beside_labels}}</caption>
<thead>
<tr><td></td>{{#machines}}<th scope="colgroup" colspan="3" class="number">{{machine}}</th>{{/machines}}</tr>
<tr><th scope="col">case</th>{{#machine_heads}}<th scope="col" class="number">baseline</th>
<th scope="col" class="number">patched</th><th scope="col" class="number">change</th>{{/machine_heads}}</tr>
</thead>
<tbody>
{{#beside_rows}}
<tr>
<th scope="row">{{case}}</th>
{{#cells}}
<td class="number">{{#href}}<a href="{{href}}">{{/href}}{{baseline}}{{#href}}</a>{{/href}}</td>
<td class="number">{{#href}}<a href="{{href}}">{{/href}}{{patched}}{{#href}}</a>{{/href}}</td>
<td class="number {{class}}">{{#href}}<a href="{{href}}">{{/href}}{{change}}{{#href}}</a>{{/href}}<small>{{word}}</small></td>
{{/cells}}
</tr>
{{/beside_rows}}
</tbody>
</table>
</div>
{{/beside}}
</section>
{{/has_beside}}
{{#has_arms}}
<section>
<h2>All arms</h2>
{{#arms}}
<h4>{{caption}}</h4>
<div class="scroll">
<table class="short">
<caption>Medians of the boots. {{arms_labels}}</caption>
<thead><tr>
<th scope="col">arm</th>
<th scope="col" class="number">median</th>
<th scope="col" class="number">change<small>interval</small></th>
<th scope="col">verdict</th>
</tr></thead>
<tbody>
{{#arm_rows}}
{{#heading}}
<tr><th scope="rowgroup" colspan="4">{{heading}}</th></tr>
{{/heading}}
{{#line}}
<tr>
<th scope="row">{{title}}</th>
<td class="number">{{#href}}<a href="{{href}}">{{/href}}{{median}}{{#href}}</a>{{/href}}</td>
<td class="number {{class}}">{{#href}}<a href="{{href}}">{{/href}}{{change}}{{#href}}</a>{{/href}}<small>{{interval}}</small></td>
<td class="{{class}}">{{word}}<small>{{against}}</small></td>
</tr>
{{/line}}
{{/arm_rows}}
</tbody>
</table>
</div>
{{/arms}}
</section>
{{/has_arms}}
{{#contrasts}}
<section>
<h2 id="{{anchor}}">{{#number}}<small class="kicker">{{number}}</small>{{/number}}
{{reference}} <small>vs</small> {{patched_arm}}</h2>
<ul class="chips">
{{#tally}}
<li class="chip {{class}}">{{count}} {{word}}</li>
{{/tally}}
</ul>
{{#sentences}}
<p class="quiet">{{line}}</p>
{{/sentences}}
{{#failures}}
<p class="failed {{failures_class}}">{{failures}}</p>
{{/failures}}
{{#empty}}
<p>No rows: no boot gave a result that could be compared.</p>
{{/empty}}
{{#workloads}}
<section>
<h3>{{workload}}</h3>
{{#short}}
<div class="scroll">
<table class="short">
<caption>Medians of the boots. {{table_labels}}</caption>
<thead><tr>
<th scope="col">case</th>
<th scope="col" class="number">baseline<small>{{unit}}</small></th>
<th scope="col" class="number">patched<small>{{unit}}</small></th>
<th scope="col" class="number">{{lead}}<small>change</small></th>
<th scope="col" class="number">{{second}}<small>change</small></th>
</tr></thead>
<tbody>
{{#rows}}
<tr>
<th scope="row">{{case}}</th>
<td class="number">{{#href}}<a href="{{href}}">{{/href}}{{baseline}}{{#href}}</a>{{/href}}</td>
<td class="number">{{#href}}<a href="{{href}}">{{/href}}{{patched}}{{#href}}</a>{{/href}}</td>
<td class="number {{class}}">{{#href}}<a href="{{href}}">{{/href}}{{change}}{{#href}}</a>{{/href}}<small>{{word}}</small></td>
<td class="number {{other_class}}">{{#other_href}}<a href="{{other_href}}">{{/other_href}}{{other_change}}{{#other_href}}</a>{{/other_href}}<small>{{other_word}}</small></td>
</tr>
{{/rows}}
</tbody>
</table>
</div>
{{/short}}
{{#has_notes}}
<ul class="notes">
{{#notes}}
<li>{{line}}</li>
{{/notes}}
</ul>
{{/has_notes}}
<p class="key">
<span><svg class="strip" aria-hidden="true"><circle class="reference" cx="50%" cy="7" r="5"/></svg>
baseline boot</span>
<span><svg class="strip" aria-hidden="true"><circle class="patched" cx="50%" cy="7" r="5"/></svg>
patched boot</span>
<span><svg class="strip" aria-hidden="true">
<line class="median reference" x1="50%" x2="50%" y1="0" y2="14"/></svg>
median</span>
<span><svg class="strip" aria-hidden="true"><g class="box reference"><line x1="0" x2="100%" y1="7" y2="7"/>
<rect x="20%" y="1" width="60%" height="12" rx="1"/></g></svg>
least, quartiles, greatest</span>
<span><svg class="strip" aria-hidden="true"><rect class="band" width="100%" height="14"/></svg>
baseline median changed by the interval</span>
</p>
{{#metrics}}
<h4>{{metric}} <span>{{about}}</span></h4>
<table class="detail">
<caption>{{table_labels}}</caption>
<thead><tr>
<th scope="col">case</th>
<th scope="col">boots</th>
<th scope="col" class="number">baseline<small>CV</small></th>
<th scope="col" class="number">patched<small>CV</small></th>
<th scope="col" class="number">change<small>interval</small></th>
<th scope="col">verdict</th>
</tr></thead>
<tbody>
{{#rows}}
<tr>
<th scope="row">{{case}}</th>
<td class="plot">
{{#plot}}
<svg class="strip" role="{{role}}" aria-label="{{describe}}">
<line class="lane" x1="0" x2="100%" y1="12" y2="12"/><line class="lane" x1="0" x2="100%" y1="32" y2="32"/>
{{#band}}
<rect class="band" x="{{from}}" y="22" width="{{width}}" height="20" rx="2"><title>{{hint}}</title></rect>
{{/band}}
{{#reference_box}}
<g class="box reference"><title>{{hint}}</title><line x1="{{least}}" x2="{{most}}" y1="12" y2="12"/>
<rect x="{{from}}" y="6" width="{{width}}" height="12" rx="1"/></g>
{{/reference_box}}
{{#patched_box}}
<g class="box patched"><title>{{hint}}</title><line x1="{{least}}" x2="{{most}}" y1="32" y2="32"/>
<rect x="{{from}}" y="26" width="{{width}}" height="12" rx="1"/></g>
{{/patched_box}}
{{#reference_dots}}
{{#boot}}<a href="/boots/{{boot}}" tabindex="-1">{{/boot}}<circle class="reference{{far}}" cx="{{at}}" cy="12" r="4"><title>{{hint}}</title></circle>{{#boot}}</a>{{/boot}}
{{/reference_dots}}
{{#patched_dots}}
{{#boot}}<a href="/boots/{{boot}}" tabindex="-1">{{/boot}}<circle class="patched{{far}}" cx="{{at}}" cy="32" r="4"><title>{{hint}}</title></circle>{{#boot}}</a>{{/boot}}
{{/patched_dots}}
{{#reference_median}}
<line class="median reference" x1="{{at}}" x2="{{at}}" y1="2" y2="22"/>
{{/reference_median}}
{{#patched_median}}
<line class="median patched" x1="{{at}}" x2="{{at}}" y1="22" y2="42"/>
{{/patched_median}}
</svg>
<div class="ends" aria-hidden="true"><span>{{low}}</span><span>{{high}}</span></div>
{{/plot}}
</td>
<td class="number" data-head="baseline">{{#href}}<a href="{{href}}">{{/href}}{{baseline}}{{#href}}</a>{{/href}}<small>{{baseline_cv}}</small></td>
<td class="number" data-head="patched">{{#href}}<a href="{{href}}">{{/href}}{{patched}}{{#href}}</a>{{/href}}<small>{{patched_cv}}</small></td>
<td class="number {{class}}" data-head="change">{{#href}}<a href="{{href}}">{{/href}}{{change}}{{#href}}</a>{{/href}}<small>{{interval}}</small></td>
<td class="verdict"><span class="chip {{class}}">{{verdict}}</span>
<small>{{p}}</small><small>{{seen}}</small><small>{{floor}}</small></td>
</tr>
{{/rows}}
</tbody>
</table>
{{/metrics}}
</section>
{{/workloads}}
{{#profile}}<section>
<h3>Where time goes</h3>
{{#sentences}}
<p class="quiet">{{line}}</p>
{{/sentences}}
{{#groups}}
<div class="scroll">
<table class="short">
<caption>{{workload}}, the hottest functions{{#has_cases}}, all cases together{{/has_cases}}. Not measured. {{labels}}</caption>
<thead><tr>
<th scope="col">function</th>
<th scope="col" class="number">baseline</th>
<th scope="col" class="number">patched</th>
</tr></thead>
<tbody>
{{#rows}}
<tr>
<th scope="row">{{function}}</th>
<td class="number">{{baseline}}</td>
<td class="number">{{patched}}</td>
</tr>
{{/rows}}
</tbody>
</table>
</div>
{{#has_cases}}
<div class="scroll">
<table class="short">
<caption>{{workload}}, the hottest function of each case. Not measured. {{labels}}</caption>
<thead><tr>
<th scope="col">case</th>
<th scope="col">its hottest</th>
<th scope="col" class="number">baseline</th>
<th scope="col" class="number">patched</th>
</tr></thead>
<tbody>
{{#cases}}
<tr>
<th scope="row">{{case}}</th>
<td>{{function}}</td>
<td class="number">{{baseline}}</td>
<td class="number">{{patched}}</td>
</tr>
{{/cases}}
</tbody>
</table>
</div>
{{/has_cases}}
{{/groups}}
<ul class="notes">
{{#limits}}
<li>{{line}}</li>
{{/limits}}
</ul>
</section>
{{/profile}}</section>
{{/contrasts}}
)HTML";
inline constexpr std::string_view footer_template = R"HTML(<footer>
{{#compared}}
<h3>Verdicts</h3>
<dl>
{{#legend}}
<dt>{{term}}</dt><dd>{{rest}}</dd>
{{/legend}}
</dl>
<h3>Numbers</h3>
<dl>
{{#method}}
<dt>{{term}}</dt><dd>{{rest}}</dd>
{{/method}}
</dl>
{{/compared}}
{{#has_measured}}
<h3>How it was measured</h3>
<dl>
{{#measured}}
<dt>{{term}}</dt><dd>{{rest}}{{#said}}<br>{{line}}{{/said}}</dd>
{{/measured}}
</dl>
{{/has_measured}}
{{#has_facts}}
<h3>Where they come from</h3>
<dl>
{{#facts}}
<dt>{{term}}</dt><dd>{{rest}}</dd>
{{/facts}}
</dl>
{{/has_facts}}
</footer>
)HTML";
inline constexpr std::string_view body_below = R"HTML(</main>
</body>
</html>
)HTML";

}  // namespace klab::report
