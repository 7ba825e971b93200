// SPDX-License-Identifier: GPL-3.0-or-later
#include <kainjow/mustache.hpp>

#include "api/routes.hpp"
#include "util/text.hpp"

namespace klab {
namespace {

constexpr const char* page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>klab: experiments</title>
<style>
:root{color-scheme:light dark;--line:#8884}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.4rem .6rem .4rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td:first-child{font-variant-numeric:tabular-nums}
.dim{opacity:.7}
</style></head><body>
<h1>Experiments</h1>
{{^any}}<p>None yet. <code>klab submit SERIES</code> makes the first one.</p>{{/any}}
{{#any}}<table><thead><tr><th>#</th><th>Title</th><th>State</th><th>Boots</th></tr></thead><tbody>
{{#lines}}<tr><td>{{id}}</td><td><a href="/experiments/{{id}}">{{title}}</a><br><span class="dim">{{submitter}}, {{created}}</span></td>
<td>{{state}}{{#message}}<br><span class="dim">{{message}}</span>{{/message}}</td><td>{{boots}}</td></tr>
{{/lines}}</tbody></table>{{/any}}
</body></html>
)";

}  // namespace

std::string render_list_page(const std::vector<ExperimentLine>& lines) {
  namespace m = kainjow::mustache;
  m::data rows{m::data::type::list};
  for (const auto& line : lines) {
    m::data row;
    row.set("id", fmt::format("{}", line.id));
    row.set("title", printable(line.title));
    row.set("submitter", printable(line.submitter));
    row.set("created", utc_timestamp(std::chrono::system_clock::time_point(std::chrono::seconds(static_cast<long long>(line.created)))));
    row.set("state", std::string(line.outcome ? name(*line.outcome) : name(line.state)));
    if (!line.message.empty()) row.set("message", printable(line.message));
    row.set("boots", line.boots_planned ? fmt::format("{}/{}", line.boots_done, line.boots_planned) : std::string());
    rows.push_back(row);
  }
  m::data all;
  all.set("any", m::data(lines.empty() ? m::data::type::bool_false : m::data::type::bool_true));
  all.set("lines", rows);
  return m::mustache(page).render(all);
}

}  // namespace klab
