// SPDX-License-Identifier: GPL-3.0-or-later
#include "api/views.hpp"

#include "model/experiment_json.hpp"
#include "model/series_json.hpp"
#include "util/text.hpp"

namespace klab {
namespace json = boost::json;
namespace {

template <class T>
json::value optional_value(const std::optional<T>& value) {
  if (!value) return nullptr;
  return json::value(*value);
}

json::value outcome_value(const std::optional<Outcome>& outcome) {
  if (!outcome) return nullptr;
  return json::string(name(*outcome));
}

Result<json::value> build_view(Lab& lab, const std::optional<std::int64_t>& id) {
  if (!id) return json::value(nullptr);
  auto build = lab.builds.get(*id);
  if (!build) return build.error();
  return json::value{{"id", build->id},
                     {"key", build->key},
                     {"outcome", outcome_value(build->outcome)},
                     {"message", printable(build->message)},
                     {"tail", printable_lines(build->tail)},
                     {"release", printable(build->release)},
                     {"compiler", printable(build->compiler)},
                     {"from_cache", build->from_cache},
                     {"started", build->started},
                     {"finished", optional_value(build->finished)}};
}

Result<json::object> arm_view(Lab& lab, const ArmPlan& plan, const ArmRecord& record) {
  json::array kconfigs;
  for (const auto& fragment : plan.kconfig.fragments) kconfigs.emplace_back(fragment.name);
  json::array attempts;
  for (const auto& attempt : record.base_attempts)
    attempts.push_back({{"way", attempt.way},
                        {"wanted", printable(attempt.wanted)},
                        {"taken", attempt.taken},
                        {"why", printable(attempt.why)},
                        {"git", printable_lines(attempt.words)}});
  auto build = build_view(lab, record.build);
  if (!build) return build.error();
  json::object out{{"label", plan.label},
                   {"tree", plan.tree},
                   {"base", printable(plan.base)},
                   {"commit", record.commit},
                   {"base_reason", printable(record.base_reason)},
                   {"base_attempts", std::move(attempts)},
                   {"series", nullptr},
                   {"patches", nullptr},
                   {"kconfig_base", plan.kconfig.base},
                   {"kconfigs", std::move(kconfigs)},
                   {"command_line", printable(plan.command_line)},
                   {"machine", plan.machine},
                   {"machine_request", plan.machine_request},
                   {"architecture", name(plan.architecture)},
                   {"build", std::move(*build)}};
  if (plan.series) out["series"] = *plan.series;
  if (plan.patches) out["patches"] = format_patch_range(*plan.patches);
  return out;
}

json::object boot_line(const BootRecord& boot) {
  return {{"id", boot.id},
          {"attempt", boot.attempt},
          {"outcome", outcome_value(boot.outcome)},
          {"title", printable(boot.title)},
          {"excerpt", printable_lines(boot.excerpt)},
          {"acceleration", boot.acceleration},
          {"started", boot.started},
          {"finished", optional_value(boot.finished)},
          {"seconds_to_userspace", optional_value(boot.seconds_to_userspace)},
          {"load_before", optional_value(boot.load_before)},
          {"load_after", optional_value(boot.load_after)},
          {"steal", optional_value(boot.steal)},
          {"governor", printable(boot.governor)}};
}

json::object facts_view(const std::map<std::string, std::string>& facts) {
  json::object out;
  for (const auto& [key, value] : facts) out[printable(key)] = printable(value);
  return out;
}

std::string arm_label(const ExperimentRecord& record, std::int64_t arm) {
  for (std::size_t i = 0; i < record.arms.size(); ++i)
    if (record.arms[i].id == arm) return record.plan.arms[i].label;
  return {};
}

// The places of one kind with the boots in them.
Result<json::array> slots_view(Lab& lab, const ExperimentRecord& record, BootKind kind) {
  auto order = lab.boots.slots(record.id, kind);
  if (!order) return order.error();
  auto boots = lab.boots.list(record.id, kind);
  if (!boots) return boots.error();
  json::array slots;
  for (const auto& slot : *order) {
    json::array attempts;
    for (const auto& boot : *boots)
      if (boot.position == slot.position) attempts.push_back(boot_line(boot));
    slots.push_back({{"slot", slot.position}, {"arm", arm_label(record, slot.arm)}, {"boots", std::move(attempts)}});
  }
  return slots;
}

json::array profiles_view(const std::vector<CaseProfile>& profiles) {
  json::array out;
  for (const auto& p : profiles) {
    json::array symbols;
    for (const auto& s : p.symbols)
      symbols.push_back({{"symbol", printable(s.symbol)}, {"module", printable(s.module)}, {"samples", s.samples}});
    out.push_back({{"workload", p.workload}, {"case", p.case_name}, {"method", p.method}, {"hz", p.hz}, {"samples", p.samples},
                   {"user", p.user}, {"idle", p.idle}, {"runner", p.runner}, {"other", p.other}, {"lost", p.lost},
                   {"symbols", std::move(symbols)}});
  }
  return out;
}

}  // namespace

json::object experiment_line(const ExperimentLine& line, const Progress& progress) {
  return {{"id", line.id},
          {"waiting", !line.outcome && progress.waiting ? json::value(json::string(printable(progress.step))) : json::value(nullptr)},
          {"title", printable(line.title)},
          {"submitter", printable(line.submitter)},
          {"state", name(line.state)},
          {"outcome", outcome_value(line.outcome)},
          {"message", printable(line.message)},
          {"boots_planned", line.boots_planned},
          {"boots_done", line.boots_done},
          {"created", line.created}};
}

json::object progress_view(const Progress& progress) {
  return {{"step", printable(progress.step)},
          {"detail", printable(progress.detail)},
          {"waiting", progress.waiting},
          {"boot", progress.boot},
          {"boots", progress.boots},
          {"started", progress.started},
          {"seconds_per_boot", progress.seconds_per_boot},
          {"version", progress.version}};
}

Result<json::object> experiment_view(Lab& lab, const ProgressBoard& board, const ExperimentRecord& record) {
  json::object out{{"id", record.id},
                   {"title", printable(record.plan.title)},
                   {"submitter", printable(record.plan.submitter)},
                   {"state", name(record.state)},
                   {"outcome", outcome_value(record.outcome)},
                   {"message", printable(record.message)},
                   {"tail", printable_lines(record.tail)},
                   {"created", record.created},
                   {"finished", optional_value(record.finished)},
                   {"cancelling", record.cancelling},
                   {"boots", record.plan.boots},
                   {"seed", record.plan.seed},
                   {"delta", record.plan.delta},
                   {"profile", record.plan.profile},
                   {"confirm", record.plan.confirm},
                   {"confirms", optional_value(record.confirms)},
                   {"confirmed_by", optional_value(record.confirmed_by)},
                   {"progress", progress_view(board.get(record.id))}};
  json::array series, arms, contrasts, workloads;
  for (const auto& entry : record.plan.series) series.push_back(series_json(entry));
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    auto arm = arm_view(lab, record.plan.arms[i], record.arms[i]);
    if (!arm) return arm.error();
    arms.push_back(std::move(*arm));
  }
  for (const auto& [reference, patched] : record.plan.contrasts)
    contrasts.push_back({{"reference", record.plan.arms[reference].label}, {"patched", record.plan.arms[patched].label}});
  for (const auto& workload : record.plan.workloads)
    workloads.push_back({{"name", workload.name}, {"request", printable(workload.request)}, {"hash", workload.hash}});

  auto slots = slots_view(lab, record, BootKind::measured);
  if (!slots) return slots.error();
  auto profiled = slots_view(lab, record, BootKind::profiled);
  if (!profiled) return profiled.error();
  out["series"] = std::move(series);
  out["arms"] = std::move(arms);
  out["contrasts"] = std::move(contrasts);
  out["workloads"] = std::move(workloads);
  out["slots"] = std::move(*slots);
  // Behind the others and never measured: whoever counts slots does not count these.
  out["profile_slots"] = std::move(*profiled);
  return out;
}

Result<json::object> boot_view(Lab& lab, const BootDetail& boot) {
  auto out = boot_line(boot.line);
  out["experiment"] = boot.experiment;
  out["slot"] = boot.line.position;
  out["arm"] = boot.arm_label;
  out["command_line"] = printable(boot.command_line);
  auto host = lab.boots.fingerprint(boot.line.id);
  auto guest = lab.boots.guest_facts(boot.line.id);
  auto samples = lab.boots.samples(boot.line.id);
  auto summaries = lab.boots.summaries(boot.line.id);
  auto unavailable = lab.boots.unavailable(boot.line.id);
  if (!samples) return samples.error();
  if (!summaries) return summaries.error();
  if (!unavailable) return unavailable.error();
  auto notes = lab.boots.notes(boot.line.id);
  if (!notes) return notes.error();
  json::array note_list;
  for (const auto& note : *notes) note_list.push_back({{"seconds", note.seconds}, {"text", note.text}});
  out["notes"] = std::move(note_list);
  auto profiles = lab.boots.profiles(boot.line.id);
  if (!profiles) return profiles.error();
  out["profiled"] = boot.profile;
  out["profiles"] = profiles_view(*profiles);
  auto facts = lab.boots.facts(boot.line.id);
  if (!facts) return facts.error();
  json::array fact_list;
  for (const auto& f : *facts)
    fact_list.push_back({{"workload", f.workload}, {"case", f.case_name}, {"name", f.name}, {"pass", f.pass},
                         {"warmup", f.warmup}, {"text", f.text}});
  out["facts"] = std::move(fact_list);
  out["fingerprint"] = facts_view(host ? *host : std::map<std::string, std::string>{});
  out["guest_facts"] = facts_view(guest ? *guest : std::map<std::string, std::string>{});
  json::array sample_list, summary_list, unavailable_list;
  for (const auto& s : *samples)
    sample_list.push_back({{"workload", s.workload}, {"case", s.case_name}, {"metric", s.metric}, {"pass", s.pass},
                           {"warmup", s.warmup}, {"value", s.value}});
  for (const auto& s : *summaries)
    summary_list.push_back({{"workload", s.workload}, {"case", s.case_name}, {"metric", s.metric}, {"value", s.value},
                            {"passes", s.passes}});
  for (const auto& u : *unavailable)
    unavailable_list.push_back({{"workload", u.workload}, {"case", u.case_name}, {"reason", printable(u.reason)}});
  out["samples"] = std::move(sample_list);
  out["summaries"] = std::move(summary_list);
  out["unavailable"] = std::move(unavailable_list);
  return out;
}

}  // namespace klab
