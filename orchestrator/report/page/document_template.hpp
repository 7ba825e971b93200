// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace klab::page {

// klabd's pages (mustache; two braces escape, three are never used). Nothing is inline: the policy of the response
// lets style and script come from /assets alone.
inline constexpr std::string_view page_above = R"HTML(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
{{#is_copy}}<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'">
{{/is_copy}}
<title>{{page_title}} - klab</title>
<link rel="icon" href="/assets/klab.svg?v={{assets}}" type="image/svg+xml">
<link rel="stylesheet" href="/assets/klab.css?v={{assets}}">
{{#script}}<script src="/assets/klab.js?v={{assets}}" defer></script>
{{/script}}
{{#refresh}}<noscript><meta http-equiv="refresh" content="20"></noscript>
{{/refresh}}
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="bar">
<div class="wide">
<a class="mark" href="/"><svg width="28" height="20" viewBox="0 0 28 20" aria-hidden="true"><path class="mark-lane" d="M1 5.5h26M1 14.5h26"/><circle class="mark-a" cx="6" cy="5.5" r="2.6"/><circle class="mark-a" cx="11" cy="5.5" r="2.6"/><circle class="mark-a" cx="15" cy="5.5" r="2.6"/><circle class="mark-b" cx="14" cy="14.5" r="2.6"/><circle class="mark-b" cx="19" cy="14.5" r="2.6"/><circle class="mark-b" cx="23" cy="14.5" r="2.6"/></svg>klab</a>
<nav aria-label="Main"><ul>
{{#navigation}}
<li><a href="{{to}}"{{#here}} aria-current="page"{{/here}}>{{name}}</a></li>
{{/navigation}}
</ul></nav>
{{#forms}}
<form class="search" role="search" action="/search" method="get">
<label class="unseen" for="q">Search series, authors, Message-IDs and commits</label>
<input id="q" name="q" type="search" value="{{query}}" placeholder="Series, author, Message-ID, commit" maxlength="300">
<button type="submit">Search</button>
</form>
{{/forms}}
</div>
</header>
<main id="main" tabindex="-1"{{#live}} data-live-from="{{live}}" data-live-state="{{live_state}}"{{/live}}>
<div class="head">
{{#has_trail}}
<p class="trail">{{#trail}}{{#trail_to}}<a href="{{trail_to}}">{{/trail_to}}{{name}}{{#trail_to}}</a>{{/trail_to}} {{/trail}}</p>
{{/has_trail}}
<h1>{{page_title}}</h1>
{{#lead}}<p class="lead">{{lead}}</p>{{/lead}}
{{#has_chips}}
<ul class="chips">
{{#chips}}
<li class="chip {{tone}}"{{#hint}} title="{{hint}}"{{/hint}}>{{#href}}<a href="{{href}}">{{/href}}<span{{#live_key}} data-live="{{live_key}}"{{/live_key}}>{{text}}</span>{{#href}}</a>{{/href}}</li>
{{/chips}}
</ul>
{{/has_chips}}
</div>
{{#sections}}
<section{{#id}} id="{{id}}"{{/id}}>
{{#heading}}<h2>{{heading}}</h2>{{/heading}}
{{#blocks}}
)HTML";

inline constexpr std::string_view text_blocks = R"HTML({{#table}}
{{#has_rows}}
<div class="scroll">
<table class="list{{#filtered}} filtered{{/filtered}}">
<caption>{{caption}}</caption>
<thead><tr>
{{#columns}}
<th scope="col"{{#number}} class="number"{{/number}}>{{head}}{{#column_small}}<small>{{column_small}}</small>{{/column_small}}</th>
{{/columns}}
</tr></thead>
<tbody>
{{#rows}}
<tr>
{{#cells}}
<{{tag}} {{#is_head}}scope="row" {{/is_head}}class="{{#number}}number {{/number}}{{#whole}}whole {{/whole}}{{cell_tone}}" data-head="{{head}}"{{#hint}} title="{{hint}}"{{/hint}}>{{#chip}}<span class="chip {{tone}}">{{/chip}}{{#href}}<a href="{{href}}">{{/href}}{{#code}}<code>{{/code}}<span{{#live_key}} data-live="{{live_key}}"{{/live_key}}>{{text}}</span>{{#code}}</code>{{/code}}{{#href}}</a>{{/href}}{{#chip}}</span>{{/chip}}{{#progress}}<progress value="{{done}}" max="{{planned}}" aria-label="boots done"{{#bar_key}} data-live="{{bar_key}}"{{/bar_key}}></progress>{{/progress}}{{#small}}<small{{#small_key}} data-live="{{small_key}}"{{/small_key}}>{{small}}</small>{{/small}}</{{tag}}>
{{/cells}}
</tr>
{{/rows}}
</tbody>
</table>
</div>
{{/has_rows}}
{{^has_rows}}<p class="quiet">{{nothing_said}}</p>{{/has_rows}}
{{/table}}
{{#facts}}
<dl class="facts">
{{#entries}}
<dt>{{term}}</dt><dd>{{#said}}<span class="{{tone}}"{{#hint}} title="{{hint}}"{{/hint}}>{{#href}}<a href="{{href}}">{{/href}}{{#code}}<code>{{/code}}{{text}}{{#code}}</code>{{/code}}{{#href}}</a>{{/href}}</span>{{#small}} <small>{{small}}</small>{{/small}} {{/said}}</dd>
{{/entries}}
</dl>
{{/facts}}
{{#note}}
<p class="{{note_class}}">{{#parts}}{{#href}}<a href="{{href}}">{{/href}}{{#code}}<code>{{/code}}<span{{#live_key}} data-live="{{live_key}}"{{/live_key}}>{{text}}</span>{{#code}}</code>{{/code}}{{#href}}</a>{{/href}}{{/parts}}</p>
{{/note}}
{{#chip_list}}
<ul class="chips">
{{#entries}}
<li class="chip {{tone}}"{{#hint}} title="{{hint}}"{{/hint}}>{{#href}}<a href="{{href}}">{{/href}}{{text}}{{#href}}</a>{{/href}}</li>
{{/entries}}
</ul>
{{/chip_list}}
{{#line_list}}
<ul class="lines">
{{#entries}}
<li{{#tone}} class="{{tone}}"{{/tone}}>{{#href}}<a href="{{href}}">{{/href}}{{#code}}<code>{{/code}}{{text}}{{#code}}</code>{{/code}}{{#href}}</a>{{/href}}{{#small}} <small>{{small}}</small>{{/small}}</li>
{{/entries}}
</ul>
{{/line_list}}
{{#pre}}
<figure class="words"><figcaption>{{caption}}</figcaption><pre tabindex="0">{{words}}</pre></figure>
{{/pre}}
{{#figures}}
<ul class="figures">
{{#entries}}
<li class="{{tone}}">{{#href}}<a href="{{href}}">{{/href}}<strong>{{number}}</strong> <span>{{label}}</span>{{#href}}</a>{{/href}}</li>
{{/entries}}
</ul>
{{/figures}}
{{#form}}
<form class="ask" action="{{action}}" method="get">
{{#fields}}
<label>{{label}} <input name="{{name}}" value="{{value}}" maxlength="60" required></label>
{{/fields}}
<button type="submit">{{button}}</button>
</form>
{{/form}}
)HTML";

inline constexpr std::string_view picture_blocks = R"HTML({{#order}}
<div class="scroll">
<table class="order">
<caption>{{caption}}</caption>
<thead><tr><th scope="col">slot</th>{{#places}}<th scope="col">{{place}}</th>{{/places}}</tr></thead>
<tbody>
{{#lanes}}
<tr><th scope="row">{{label}}</th>{{#slots}}<td>{{#boot}}<a class="tile {{tone}}" href="{{href}}" title="{{word}}"><span aria-hidden="true">{{glyph}}</span><span class="unseen">{{word}}</span></a>{{/boot}}</td>{{/slots}}</tr>
{{/lanes}}
</tbody>
</table>
</div>
{{/order}}
{{#grid}}
<div class="scroll">
<table class="grid">
<caption>{{caption}}</caption>
<thead><tr><th scope="col">cell</th>{{#nights}}<th scope="col"><a href="{{href}}" title="{{hint}}"><small>{{month}}</small>{{day}}</a></th>{{/nights}}</tr></thead>
<tbody>
{{#rows}}
<tr><th scope="row"><a href="{{href}}">{{label}}</a></th>{{#nights}}<td>{{#link}}<a class="tile {{tone}}" href="{{href}}" title="{{word}}">{{/link}}{{^link}}<span class="tile {{tone}}" title="{{word}}">{{/link}}<span aria-hidden="true">{{glyph}}</span><span class="unseen">{{word}}</span>{{#link}}</a>{{/link}}{{^link}}</span>{{/link}}</td>{{/nights}}</tr>
{{/rows}}
</tbody>
</table>
</div>
{{/grid}}
{{#chart}}
<figure class="trend">
<div class="plot">
<svg class="axis" width="54" height="{{height}}" aria-hidden="true">
{{#values}}
<text x="46" y="{{label_y}}" text-anchor="end">{{label}}</text>
{{/values}}
</svg>
{{>area}}
</div>
<figcaption>{{describe}}</figcaption>
</figure>
{{/chart}}
{{#multiples}}
<ul class="multiples">
{{#entries}}
<li>
<h3><a href="{{href}}">{{name}}</a></h3>
<p class="quiet">{{about}} <strong class="{{tone}}">{{latest}}</strong></p>
{{>area}}
</li>
{{/entries}}
</ul>
{{/multiples}}
{{#report}}
{{>contrasts_part}}
{{/report}}
{{#report_footer}}
{{>footer_part}}
{{/report_footer}}
)HTML";

// The plotting area of a trend.
inline constexpr std::string_view area_template = R"HTML(<svg class="area{{#is_small}} small{{/is_small}}" height="{{height}}" role="{{role}}" aria-label="{{spoken}}">
{{#gaps}}<rect class="gap" x="{{from}}" y="0" width="{{width}}" height="{{floor_y}}"><title>{{hint}}</title></rect>
{{/gaps}}
{{#values}}<line class="{{line_class}}" x1="0" x2="100%" y1="{{y}}" y2="{{y}}"/>
{{/values}}
{{#months}}<text class="month" x="{{at}}" y="{{month_y}}">{{label}}</text>
{{/months}}
{{#levels}}{{#band}}<rect class="floor" x="{{from}}" y="{{top}}" width="{{width}}" height="{{tall}}"><title>{{hint}}</title></rect>
{{/band}}<line class="level" x1="{{from}}" x2="{{to}}" y1="{{y}}" y2="{{y}}"><title>{{hint}}</title></line>
{{/levels}}
{{#strokes}}<line class="stroke" x1="{{x1}}" y1="{{y1}}" x2="{{x2}}" y2="{{y2}}"/>
{{/strokes}}
{{#cuts}}<g class="cut"><title>{{hint}}</title><line x1="{{at}}" x2="{{at}}" y1="0" y2="{{floor_y}}"/>{{#label}}<text x="{{label_at}}" y="{{label_y}}" text-anchor="{{anchor}}">{{label}}</text>{{/label}}</g>
{{/cuts}}
{{#changes}}{{#href}}<a href="{{href}}">{{/href}}<g class="change {{tone}}"><title>{{hint}}</title><line x1="{{at}}" x2="{{at}}" y1="0" y2="{{floor_y}}"/>{{#label}}<text x="{{label_at}}" y="{{label_y}}" text-anchor="{{anchor}}">{{label}}</text>{{/label}}</g>{{#href}}</a>{{/href}}
{{/changes}}
{{#points}}{{#whisker}}<line class="whisker" x1="{{at}}" x2="{{at}}" y1="{{high}}" y2="{{low}}"/>{{/whisker}}{{#href}}<a href="{{href}}" tabindex="-1">{{/href}}<circle class="night {{tone}}" cx="{{at}}" cy="{{y}}" r="{{radius}}">{{#hint}}<title>{{hint}}</title>{{/hint}}</circle>{{#href}}</a>{{/href}}
{{/points}}
</svg>
)HTML";

inline constexpr std::string_view page_below = R"HTML({{/blocks}}
</section>
{{/sections}}
</main>
<footer class="foot"><div class="wide">
<p>klab {{klab_version}}. {{generated}}{{#is_copy}} This is a copy: links lead as far as it reaches.{{/is_copy}}</p>
{{#refresh}}<noscript><p>This page asks for itself again every 20 seconds. <a href="">Now</a></p></noscript>{{/refresh}}
</div></footer>
</body>
</html>
)HTML";

}  // namespace klab::page
