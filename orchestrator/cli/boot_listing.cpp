// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <map>
#include <tuple>
#include <vector>

#include "cli/json_read.hpp"
#include "cli/listing.hpp"
#include "report/layout.hpp"
#include "report/numbers.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

using RowKey = std::tuple<std::string, std::string, std::string>;  // workload, case, metric

RowKey row_key(const json::object& entry) {
  return {text(entry, "workload"), text(entry, "case"), text(entry, "metric")};
}

void add_facts(std::string& out, std::string_view heading, const json::object& facts) {
  if (facts.empty()) return;
  out += fmt::format("\n{}\n", heading);
  for (const auto& fact : facts) {
    const std::string key(fact.key());
    out += fmt::format("  {}: {}\n", printable(key), text(facts, key));
  }
}

std::string measured(const json::object& boot) {
  std::map<RowKey, std::string> passes;
  for (const auto& value : list(boot, "samples")) {
    const auto& sample = as_object(value);
    auto& to = passes[row_key(sample)];
    if (!to.empty()) to += ' ';
    const auto shown = report::value_text(number(sample, "value"));
    to += flag(sample, "warmup") ? "(" + shown + ")" : shown;
  }
  std::string out;
  for (const auto& value : list(boot, "summaries")) {
    const auto& summary = as_object(value);
    const auto key = row_key(summary);
    out += fmt::format("  {} {} {}: {}", std::get<0>(key), std::get<1>(key), std::get<2>(key),
                       report::value_text(number(summary, "value")));
    if (const auto found = passes.find(key); found != passes.end()) {
      out += "  from " + found->second;
      passes.erase(found);
    }
    out += '\n';
  }
  // Samples that no summary came of: warm-up alone, or a boot that broke off.
  for (const auto& [key, shown] : passes)
    out += fmt::format("  {} {} {}: no summary  from {}\n", std::get<0>(key), std::get<1>(key),
                       std::get<2>(key), shown);
  for (const auto& value : list(boot, "unavailable")) {
    const auto& entry = as_object(value);
    out += fmt::format("  {} {}: n/a, {}\n", text(entry, "workload"), text(entry, "case"),
                       text(entry, "reason"));
  }
  return out;
}

// Of each case the ten hottest functions.
std::string profiled(const json::object& boot) {
  std::string out;
  for (const auto& value : list(boot, "profiles")) {
    const auto& profile = as_object(value);
    const auto busy = integer(profile, "samples") - integer(profile, "idle") - integer(profile, "runner");
    out += fmt::format("  {} {}: {} samples by {}, {} not idle, {} lost\n", text(profile, "workload"), text(profile, "case"),
                       integer(profile, "samples"), text(profile, "method"), busy, integer(profile, "lost"));
    std::size_t shown = 0;
    for (const auto& entry : list(profile, "symbols")) {
      if (shown++ == 10 || busy <= 0) break;
      const auto& symbol = as_object(entry);
      const auto module = text(symbol, "module");
      out += fmt::format("    {:5.1f}%  {}{}\n",
                         100.0 * static_cast<double>(integer(symbol, "samples")) / static_cast<double>(busy),
                         text(symbol, "symbol"), module.empty() ? "" : " [" + module + "]");
    }
  }
  return out;
}

// What the laboratory noted while the boot ran.
std::string noted(const json::object& boot) {
  const auto* notes = boot.if_contains("notes");
  if (!notes || !notes->is_array() || notes->get_array().empty()) return {};
  std::string out = "\nnotes of the lab; seconds since the machine was started\n";
  for (const auto& note : notes->get_array())
    if (note.is_object())
      out += fmt::format("  {:8.1f}  {}\n", number(note.get_object(), "seconds").value_or(0.0), text(note.get_object(), "text"));
  return out;
}

}  // namespace

std::string render_boot(const json::object& boot) {
  const auto outcome = text(boot, "outcome");
  std::string out = fmt::format("boot {}: experiment {}, arm {}, slot {}, attempt {}\n", integer(boot, "id"),
                                integer(boot, "experiment"), text(boot, "arm"), integer(boot, "slot"),
                                integer(boot, "attempt"));
  out += fmt::format("  outcome: {}\n", outcome.empty() ? "under way" : outcome);
  if (const auto title = text(boot, "title"); !title.empty()) out += fmt::format("  title: {}\n", title);
  out += fmt::format("  acceleration: {}\n", text(boot, "acceleration"));
  out += fmt::format("  command line: {}\n", text(boot, "command_line"));
  if (const auto seconds = number(boot, "seconds_to_userspace"))
    out += fmt::format("  to userspace: {:.2f} s\n", *seconds);
  const auto before = number(boot, "load_before");
  const auto after = number(boot, "load_after");
  if (before && after) out += fmt::format("  load: {:.2f} before, {:.2f} after\n", *before, *after);
  if (const auto steal = number(boot, "steal")) out += fmt::format("  steal: {:.2f} s\n", *steal);
  if (const auto governor = text(boot, "governor"); !governor.empty())
    out += fmt::format("  governor: {}\n", governor);
  if (const auto excerpt = lines(boot, "excerpt"); !trim(excerpt).empty()) {
    out += "\nexcerpt of the console\n";
    for (const auto& entry : split_lines(excerpt)) out += "  " + entry + '\n';
  }
  out += noted(boot);
  add_facts(out, "host", child(boot, "fingerprint"));
  add_facts(out, "guest", child(boot, "guest_facts"));
  if (flag(boot, "profiled")) out += "\nprofile; nothing of this boot was measured\n" + profiled(boot);
  if (const auto rows = measured(boot); !rows.empty())
    out += "\nmeasured; passes in order, warm-up in brackets\n" + rows;
  return out;
}

}  // namespace klab::cli
