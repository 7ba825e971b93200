// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/host_views.hpp"

#include "pipeline/report_data.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

constexpr int boots_looked_at = 50;
constexpr int boots_listed = 10;
constexpr int events_listed = 20;
constexpr std::size_t most_waiting_named = 8;

std::string console_text(const HostSpec& host) {
  switch (host.console) {
    case ConsoleWay::telnet: return "telnet:" + host.console_target;
    case ConsoleWay::conserver: return "conserver:" + host.console_target;
    case ConsoleWay::serial: return "serial:" + host.console_target;
    case ConsoleWay::sol: break;
  }
  return "sol";
}

json::value optional_number(const std::optional<double>& value) {
  if (!value) return nullptr;
  return *value;
}

json::value standing_view(const HostStanding& standing, const char* part) {
  if (std::string_view(part) == "quarantine") {
    if (!standing.quarantine) return nullptr;
    const auto& q = *standing.quarantine;
    return json::value{{"reason", printable(q.reason)}, {"by", printable(q.person)}, {"since", q.since}};
  }
  if (!standing.reservation) return nullptr;
  const auto& r = *standing.reservation;
  return json::value{{"person", printable(r.person)}, {"by", printable(r.made_by)}, {"since", r.since}, {"until", r.until}};
}

// In one word for a table, and what is to be said of it.
void add_state(json::object& out, const HostStanding& standing, const std::optional<Lease>& lease, const ProgressBoard& board,
               const Leases& leases) {
  std::string use;
  out["lease"] = nullptr;
  if (lease) {
    use = leases.holder(*lease);
    json::object held{{"purpose", name(lease->purpose)}, {"experiment", nullptr}, {"since", lease->since}};
    if (lease->experiment) {
      held["experiment"] = *lease->experiment;
      if (const auto step = board.get(*lease->experiment).step; !step.empty()) use += ", " + printable(step);
    }
    out["lease"] = std::move(held);
  }
  out["quarantine"] = standing_view(standing, "quarantine");
  out["reservation"] = standing_view(standing, "reservation");
  const auto reserved = [&] {
    return fmt::format("for {} until {}", printable(standing.reservation->person), local_time(standing.reservation->until));
  };
  out["state"] = standing.quarantine ? "quarantined" : lease ? "in use" : standing.reservation ? "reserved" : "free";
  out["about"] = standing.quarantine ? printable(standing.quarantine->reason) : lease ? use : standing.reservation ? reserved() : "";
  out["use"] = use;
}

json::object outcomes_view(const std::vector<BootOfHost>& boots) {
  std::map<std::string, int> counts;
  for (const auto& boot : boots) ++counts[boot.outcome ? std::string(name(*boot.outcome)) : "under way"];
  json::object by_outcome;
  for (const auto& [outcome, count] : counts) by_outcome[outcome] = count;
  json::array last;
  for (const auto& boot : boots) {
    if (last.size() == boots_listed) break;
    last.push_back({{"id", boot.id}, {"experiment", boot.experiment}, {"arm", printable(boot.arm)}, {"outcome", nullptr},
                    {"title", printable(boot.title)}, {"started", boot.started}});
    if (boot.outcome) last.back().as_object()["outcome"] = name(*boot.outcome);
  }
  return {{"looked_at", boots.size()}, {"by_outcome", std::move(by_outcome)}, {"last", std::move(last)}};
}

// Two arms that are the same: whatever differs between them is the host's noise.
Result<json::value> aa_view(Lab& lab, const std::string& host) {
  auto id = lab.hosts.newest_aa(host);
  if (!id) return id.error();
  if (!*id) return json::value(nullptr);
  auto record = lab.experiments.get(**id);
  if (!record) return record.error();
  json::object out{{"experiment", **id}, {"state", name(record->state)}, {"outcome", nullptr}, {"message", printable(record->message)},
                   {"created", record->created}};
  if (record->outcome) out["outcome"] = name(*record->outcome);
  json::array rows;
  auto report = experiment_report(lab, *record);
  if (!report) return report.error();
  for (const auto& comparison : report->comparisons)
    for (const auto& row : comparison.rows) {
      json::object entry{{"workload", row.workload}, {"case", row.case_name}, {"metric", row.metric.name},
                         {"primary", row.metric.primary}, {"verdict", name(row.verdict)}, {"change", nullptr},
                         {"cv", json::array{optional_number(row.reference_cv), optional_number(row.patched_cv)}},
                         {"differs", row.verdict == Verdict::improved || row.verdict == Verdict::regressed}};
      if (row.effect) entry["change"] = row.effect->is_ratio ? row.effect->estimate - 1.0 : row.effect->estimate;
      rows.push_back(std::move(entry));
    }
  out["rows"] = std::move(rows);
  return json::value(std::move(out));
}

}  // namespace

json::object probe_view(const HostProbe& probe) {
  json::array findings;
  std::size_t bad = 0;
  for (const auto& finding : probe.findings) {
    findings.push_back({{"subject", printable(finding.subject)}, {"good", finding.good}, {"text", printable(finding.text)},
                        {"remedy", printable(finding.remedy)}});
    if (!finding.good) ++bad;
  }
  return {{"time", probe.time}, {"good", bad == 0}, {"bad", bad}, {"findings", std::move(findings)}};
}

Result<json::object> host_line(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host) {
  auto standing = lab.hosts.standing(host.name);
  if (!standing) return standing.error();
  const auto& machine = lab.config.machines.at(host.name);
  json::array labels, waiting;
  for (const auto& label : machine.labels) labels.emplace_back(label);
  const auto experiments = leases.waiting_for(host.name, most_waiting_named);
  for (const auto id : experiments.oldest) waiting.push_back(id);
  json::object out{{"name", host.name},
                   {"architecture", name(machine.architecture)},
                   {"cpus", machine.vcpus},
                   {"memory_mib", machine.memory_mib},
                   {"simulated", host.simulated},
                   {"labels", std::move(labels)},
                   {"waiting", std::move(waiting)},
                   {"waiting_number", experiments.number}};
  add_state(out, *standing, leases.lease(host.name), board, leases);
  return out;
}

Result<json::object> host_view(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host) {
  auto out = host_line(lab, board, leases, host);
  if (!out) return out;
  const auto& machine = lab.config.machines.at(host.name);
  json::array workarounds, kconfigs, events;
  for (const auto& workaround : host.workarounds) workarounds.emplace_back(workaround);
  for (const auto& kconfig : machine.kconfigs) kconfigs.emplace_back(kconfig);
  out->insert({{"sockets", machine.sockets},
               {"cores", machine.cores},
               {"threads", machine.threads},
               {"bmc", fmt::format("{}:{}", host.bmc_address, host.bmc_port)},
               {"user", printable(host.user)},
               {"cipher_suite", host.cipher_suite},
               {"workarounds", std::move(workarounds)},
               {"console", printable(console_text(host))},
               {"kernel_console", machine.kernel_console},
               {"mac", host.mac},
               {"address", host.address},
               {"kconfigs", std::move(kconfigs)},
               {"netboot", host.netboot == NetbootWay::uefi ? "uefi" : "legacy"},
               {"results", host.results == DeliveryWay::http ? "http" : "console"},
               {"after_use", host.after_use == AfterUse::on ? "on" : "off"},
               {"settle", host.settle.count()},
               {"power_limit", host.power_limit.count()},
               {"netboot_limit", host.netboot_limit.count()},
               {"boot_limit", machine.boot_limit.count()},
               {"silence_limit", machine.silence_limit.count()},
               {"run_limit", machine.run_limit.count()}});
  auto past = lab.hosts.events(host.name, events_listed);
  if (!past) return past.error();
  for (const auto& event : *past)
    events.push_back({{"time", event.time}, {"kind", printable(event.kind)}, {"text", printable(event.text)}});
  (*out)["events"] = std::move(events);
  auto boots = lab.hosts.boots(host.name, boots_looked_at);
  if (!boots) return boots.error();
  (*out)["boots"] = outcomes_view(*boots);
  return out;
}

Result<json::object> health_view(Lab& lab, const ProgressBoard& board, const Leases& leases, const HostSpec& host) {
  auto out = host_line(lab, board, leases, host);
  if (!out) return out;
  auto boots = lab.hosts.boots(host.name, boots_looked_at);
  if (!boots) return boots.error();
  (*out)["boots"] = outcomes_view(*boots);
  auto probe = lab.hosts.probe(host.name);
  if (!probe) return probe.error();
  (*out)["probe"] = nullptr;
  if (*probe) (*out)["probe"] = probe_view(**probe);
  auto aa = aa_view(lab, host.name);
  if (!aa) return aa.error();
  (*out)["aa"] = std::move(*aa);
  return out;
}

}  // namespace klab
