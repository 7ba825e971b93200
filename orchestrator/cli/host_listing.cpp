// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/host_listing.hpp"

#include <fmt/format.h>

#include <vector>

#include "cli/json_read.hpp"
#include "report/layout.hpp"
#include "util/text.hpp"

namespace klab::cli {
namespace json = boost::json;
namespace {

constexpr std::size_t text_columns = 72;

std::string at(const json::object& object, std::string_view key) {
  const auto seconds = number(object, key);
  return seconds ? local_time(*seconds) : "";
}

std::string texts(const json::array& values) {
  std::vector<std::string> parts;
  for (const auto& value : values)
    if (value.is_string()) parts.push_back(printable({value.get_string().data(), value.get_string().size()}));
    else if (value.is_int64()) parts.push_back(fmt::format("{}", value.get_int64()));
  return join(parts, ", ");
}

void line(std::string& out, std::string_view key, const std::string& value) {
  if (!value.empty()) out += fmt::format("  {}: {}\n", key, value);
}

// "quarantined, no power"
std::string state_of(const json::object& host) {
  const auto about = text(host, "about");
  return text(host, "state") + (about.empty() ? "" : ", " + about);
}

// Quarantine, reservation, use and those who wait, each on a line of its own.
void add_standing(std::string& out, const json::object& host) {
  if (const auto& q = child(host, "quarantine"); !q.empty())
    line(out, "quarantined", fmt::format("{} (by {}, since {})", text(q, "reason"), text(q, "by"), at(q, "since")));
  if (const auto& r = child(host, "reservation"); !r.empty())
    line(out, "reserved", fmt::format("for {} until {} (by {}, since {})", text(r, "person"), at(r, "until"), text(r, "by"), at(r, "since")));
  if (const auto& lease = child(host, "lease"); !lease.empty())
    line(out, "in use", fmt::format("{} (since {})", text(host, "use"), at(lease, "since")));
  const auto& named = list(host, "waiting");
  const auto further = integer(host, "waiting_number") - static_cast<std::int64_t>(named.size());
  if (!named.empty()) line(out, "waited for by experiments", texts(named) + (further > 0 ? fmt::format(" and {} more", further) : ""));
}

void add_outcomes(std::string& out, const json::object& boots) {
  const auto looked_at = integer(boots, "looked_at");
  if (looked_at == 0) {
    out += "\nno boots yet\n";
    return;
  }
  std::vector<std::string> counts;
  for (const auto& entry : child(boots, "by_outcome"))
    counts.push_back(fmt::format("{} {}", integer(child(boots, "by_outcome"), entry.key()), printable(std::string(entry.key()))));
  out += fmt::format("\nthe last {} boots: {}\n", looked_at, join(counts, ", "));
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : list(boots, "last")) {
    const auto& boot = as_object(value);
    const auto outcome = text(boot, "outcome");
    rows.push_back({fmt::format("{}", integer(boot, "id")), fmt::format("{}", integer(boot, "experiment")), text(boot, "arm"),
                    at(boot, "started"), outcome.empty() ? "under way" : outcome, text(boot, "title")});
  }
  out += report::table({{"boot"}, {"experiment"}, {"arm", false, 12}, {"started", false}, {"outcome", false}, {"title", false, 16}},
                       rows, text_columns + 40);
}

void add_findings(std::string& out, const json::object& probe) {
  for (const auto& value : list(probe, "findings")) {
    const auto& finding = as_object(value);
    const bool good = flag(finding, "good");
    out += fmt::format("  {:3}  {}: {}\n", good ? "ok" : "bad", text(finding, "subject"), text(finding, "text"));
    if (const auto remedy = text(finding, "remedy"); !good && !remedy.empty()) out += fmt::format("       remedy: {}\n", remedy);
  }
}

std::string percent(const json::value* value) {
  return value && value->is_number() ? fmt::format("{:.1f} %", value->to_number<double>() * 100.0) : "";
}

void add_aa(std::string& out, const json::object& host, std::size_t columns) {
  const auto& aa = child(host, "aa");
  if (aa.empty()) {
    out += fmt::format("\nno A/A run yet; klab host health {} --run makes one\n", text(host, "name"));
    return;
  }
  const auto outcome = text(aa, "outcome");
  const auto message = text(aa, "message");
  out += fmt::format("\nA/A run: experiment {}, {}{}\n", integer(aa, "experiment"), outcome.empty() ? text(aa, "state") : outcome,
                     message.empty() ? "" : ": " + message);
  std::vector<std::vector<std::string>> rows;
  std::size_t differ = 0;
  for (const auto& value : list(aa, "rows")) {
    const auto& row = as_object(value);
    if (flag(row, "differs")) ++differ;
    const auto& cv = list(row, "cv");
    rows.push_back({text(row, "workload") + " " + text(row, "case") + " " + text(row, "metric"),
                    cv.size() > 0 ? percent(&cv[0]) : "", cv.size() > 1 ? percent(&cv[1]) : "", percent(row.if_contains("change")),
                    text(row, "verdict")});
  }
  if (rows.empty()) return;
  out += report::table({{"row", false, 20}, {"noise\na1"}, {"noise\na2"}, {"change"}, {"verdict", false}}, rows, columns);
  out += differ ? fmt::format("{} of {} rows differ between two runs of one kernel: this host is not to be believed\n", differ, rows.size())
                : "one kernel measured twice is the same, as it must be\n";
}

}  // namespace

std::string render_hosts(const json::object& answer, std::size_t columns) {
  const auto& hosts = list(answer, "hosts");
  if (hosts.empty()) return "no hosts are configured; README.md, \"Bare metal\", says how\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& value : hosts) {
    const auto& host = as_object(value);
    const auto memory = integer(host, "memory_mib");
    rows.push_back({text(host, "name") + (flag(host, "simulated") ? " (simulated)" : ""), fmt::format("{}", integer(host, "cpus")),
                    memory ? fmt::format("{} MiB", memory) : "", texts(list(host, "labels")), state_of(host)});
  }
  return report::table({{"host", false}, {"CPUs"}, {"memory"}, {"labels", false, 12}, {"state", false, 20}}, rows, columns);
}

std::string render_host(const json::object& host) {
  std::string out = fmt::format("host {}: {}{}\n", text(host, "name"), state_of(host), flag(host, "simulated") ? ", simulated" : "");
  add_standing(out, host);
  const auto memory = integer(host, "memory_mib");
  line(out, "machine", fmt::format("{}, {} CPUs ({} x {} x {}){}", text(host, "architecture"), integer(host, "cpus"),
                                   integer(host, "sockets"), integer(host, "cores"), integer(host, "threads"),
                                   memory ? fmt::format(", {} MiB", memory) : ""));
  line(out, "labels", texts(list(host, "labels")));
  const auto workarounds = texts(list(host, "workarounds"));
  line(out, "BMC", fmt::format("{} as {}, cipher suite {}{}", text(host, "bmc"), text(host, "user"), integer(host, "cipher_suite"),
                               workarounds.empty() ? "" : ", workarounds " + workarounds));
  line(out, "console", fmt::format("{}, the kernel's {}", text(host, "console"), text(host, "kernel_console")));
  const auto address = text(host, "address");
  line(out, "network", fmt::format("{}{}, boots by {} PXE", text(host, "mac"), address.empty() ? "" : " " + address, text(host, "netboot")));
  line(out, "kconfig", texts(list(host, "kconfigs")));
  line(out, "results", fmt::format("over {}", text(host, "results")));
  line(out, "after use", text(host, "after_use"));
  line(out, "limits", fmt::format("settle {} s, power {} s, netboot {} s, boot {} s, silence {} s, run {} s", integer(host, "settle"),
                                  integer(host, "power_limit"), integer(host, "netboot_limit"), integer(host, "boot_limit"),
                                  integer(host, "silence_limit"), integer(host, "run_limit")));
  if (const auto& events = list(host, "events"); !events.empty()) out += "\nwhat happened to it, newest first\n";
  for (const auto& value : list(host, "events")) {
    const auto& event = as_object(value);
    out += fmt::format("  {} {}: {}\n", at(event, "time"), text(event, "kind"), text(event, "text"));
  }
  add_outcomes(out, child(host, "boots"));
  return out;
}

std::string render_probe(const json::object& probe) {
  const auto bad = integer(probe, "bad");
  std::string out = fmt::format("{}: {}\n", text(probe, "name"),
                                bad ? fmt::format("{} of {} findings are bad", bad, list(probe, "findings").size()) : "all is in order");
  add_findings(out, probe);
  return out;
}

bool is_healthy(const json::object& host) {
  const auto& probe = child(host, "probe");
  return child(host, "quarantine").empty() && (probe.empty() || flag(probe, "good"));
}

std::string render_health(const json::object& host, std::size_t columns) {
  std::string out = fmt::format("host {}: {}\n", text(host, "name"), state_of(host));
  add_standing(out, host);
  if (const auto& probe = child(host, "probe"); probe.empty()) {
    out += fmt::format("\nnot probed yet; klab host probe {} does\n", text(host, "name"));
  } else {
    out += fmt::format("\nprobed {}\n", at(probe, "time"));
    add_findings(out, probe);
  }
  add_outcomes(out, child(host, "boots"));
  add_aa(out, host, columns);
  return out;
}

std::string render_change(const std::string& verb, const json::object& host) {
  const auto name = text(host, "name");
  std::string out;
  if (verb == "health")
    out = fmt::format("experiment {0}: {1}\nklab watch {0} follows it, klab host health {2} shows what came of it\n",
                      integer(host, "experiment"), text(host, "title"), name);
  if (verb == "reserve") {
    const auto& r = child(host, "reservation");
    out = fmt::format("{} is reserved for {} until {}\n", name, text(r, "person"), at(r, "until"));
  }
  if (verb == "quarantine")
    out = fmt::format("{0} is quarantined: {1}\nklab host release {0} ends that\n", name, text(child(host, "quarantine"), "reason"));
  if (verb == "release") out = fmt::format("{} is released from: {}\n", name, texts(list(host, "released")));
  const auto use = text(host, "use");
  if (!use.empty() && (verb == "reserve" || verb == "quarantine"))
    out += fmt::format("it is still {}; that goes on, klab cancel ends it\n", use);
  if (verb == "health" && !child(host, "quarantine").empty())
    out += fmt::format("it waits until klab host release {} ends the quarantine\n", name);
  return out;
}

}  // namespace klab::cli
